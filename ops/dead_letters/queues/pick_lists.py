"""Pick lists that the warehouse has received ten times and never deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Self

import msgspec

from ops.dead_letters.letters import Action, DeadLetter, DeadLetterHandler, KeepMessage, unreadable
from ops.dead_letters.sources import DeadLetterSource, QueueMessage, SqsSource
from ops.stage import Stage

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

_QUEUE = "PickListsQueueUrl"


class _PickList(msgspec.Struct, rename="camel"):
    order_id: str


class GivenUpPickLists(DeadLetterHandler):
    """The dead-letter queue of the queue that the warehouse polls."""

    holds = "pick lists that the warehouse did not delete"
    output = "PickListsDeadLetterQueueUrl"

    def __init__(self, source: DeadLetterSource, sqs: SQSClient, queue_url: str) -> None:
        super().__init__(source)
        self._sqs = sqs
        self._queue_url = queue_url

    @classmethod
    def of(cls, stage: Stage) -> Self:
        """Returns the queue of a stage that has a warehouse."""
        source = SqsSource(stage.sqs, stage.output(cls.output))
        return cls(source, stage.sqs, stage.output(_QUEUE))

    def read(self, message: QueueMessage) -> DeadLetter:
        """Returns a pick list; only the warehouse knows why it did not delete it."""
        order_id = _order_of(message)
        if order_id is None:
            return unreadable(message, "it is not a pick list")
        return DeadLetter(
            message, f"pick list of order {order_id}", "the warehouse did not delete it", order_id
        )

    def redriving(self, letter: DeadLetter) -> Action:
        """Send it to the warehouse's queue again. Raises KeepMessage if it is not a pick list."""
        if letter.order_id is None:
            raise KeepMessage("it is not a pick list; `discard` it")
        body = letter.message.body
        return Action("sends it to the queue of the warehouse", lambda: self._send(body))

    def discarding(self, letter: DeadLetter) -> str:
        """Returns what does not happen."""
        if letter.order_id is None:
            return "it is not a pick list"
        return f"the warehouse gets no pick list of order {letter.order_id}, which is paid"

    def _send(self, body: str) -> None:
        self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=body)


def pick_list_queues(outputs: Mapping[str, str]) -> Iterator[type[GivenUpPickLists]]:
    """Yields the queue, if a stage has it."""
    if GivenUpPickLists.output in outputs and _QUEUE in outputs:
        yield type("GivenUpPickLists", (GivenUpPickLists,), {})


def _order_of(message: QueueMessage) -> str | None:
    try:
        return msgspec.json.decode(message.body, type=_PickList).order_id
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
