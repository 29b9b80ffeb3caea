"""Pick lists that the warehouse has received ten times and never deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from ordering.dead_letters.letters import Action, DeadLetter, KeepMessage, QueueLetters, unreadable
from ordering.dead_letters.sources import QueueMessage


class _PickList(msgspec.Struct, rename="camel"):
    order_id: str


class GivenUpPickLists(QueueLetters):
    """The dead-letter queue of the queue that the warehouse polls."""

    holds = "pick lists that the warehouse did not delete"
    output = "PickListsDeadLetterQueueUrl"
    queue_output = "PickListsQueueUrl"

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


def pick_list_queues(outputs: Mapping[str, str]) -> Iterator[type[GivenUpPickLists]]:
    """Yields the queue, if a stage has it."""
    if GivenUpPickLists.output in outputs and GivenUpPickLists.queue_output in outputs:
        yield type("GivenUpPickLists", (GivenUpPickLists,), {})


def _order_of(message: QueueMessage) -> str | None:
    try:
        return msgspec.json.decode(message.body, type=_PickList).order_id
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
