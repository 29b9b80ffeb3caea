"""Reads dead letters where they are stored: in a dead-letter queue. Peeking removes nothing.

SQS has no read without a receive: each peek raises a message's receive count by one (which has no effect in
a queue without a dead-letter queue of its own), and hides it from other readers until the peek ends, for a
minute at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ordering.aws.clients import client
from ordering.dead_letters.depth import depth
from ordering.domain.operator_text import moment

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

_HIDDEN_SECONDS = 60
# SQS returns ten messages at most (ReceiveMessage, Amazon SQS API Reference).
_BATCH = 10
# If a peek takes longer than messages are hidden, it receives them again. After so many responses without a
# new message, all messages have been read.
_STALE_RESPONSES = 3
# With long polling, SQS queries all of its servers, not only some of them.
WAIT_SECONDS = 1


def queue_client() -> SQSClient:
    """Returns the client of SQS of a function."""
    sqs: SQSClient = client("sqs")
    return sqs


@dataclass(frozen=True)
class QueueMessage:
    """A message as it is stored. `receives` is None in a bucket; `attributes` are its own, not SQS's."""

    id: str
    body: str
    sent_at: str
    receives: int | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    handle: str = ""


class DeadLetterSource(Protocol):
    """Where dead letters are stored."""

    def peek(self) -> AbstractContextManager[Iterable[QueueMessage]]:
        """Returns a context with every message; when it ends, other readers see them again."""
        ...

    def remove(self, message: QueueMessage) -> None:
        """Delete one message."""
        ...

    def count(self) -> tuple[int, bool]:
        """Returns how many messages there are, without reading them, and whether there may be more."""
        ...


class SqsSource:
    """A dead-letter queue."""

    def __init__(self, sqs: SQSClient, url: str, *, hidden_seconds: int = _HIDDEN_SECONDS) -> None:
        """If this process dies, messages that it has received stay hidden for `hidden_seconds`."""
        self._sqs = sqs
        self._url = url
        self._hidden_seconds = hidden_seconds

    @contextmanager
    def peek(self) -> Iterator[Iterable[QueueMessage]]:
        """Yields every message once, hidden from other readers meanwhile."""
        hidden: dict[str, QueueMessage] = {}
        try:
            yield self._received(hidden)
        finally:
            self._show(list(hidden.values()))

    def remove(self, message: QueueMessage) -> None:
        """Delete a message that this peek received."""
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message.handle)

    def count(self) -> tuple[int, bool]:
        """Returns how many messages there are, including those that another reader has received."""
        return depth(self._sqs, self._url).total, False

    def _received(self, hidden: dict[str, QueueMessage]) -> Iterator[QueueMessage]:
        stale = 0
        while stale < _STALE_RESPONSES:
            received = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_BATCH,
                VisibilityTimeout=self._hidden_seconds,
                WaitTimeSeconds=WAIT_SECONDS,
                MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            if not received:
                return
            new = [
                QueueMessage(
                    id=each["MessageId"],
                    body=each["Body"],
                    sent_at=moment(int(each["Attributes"]["SentTimestamp"])),
                    receives=int(each["Attributes"]["ApproximateReceiveCount"]),
                    attributes={
                        name: value.get("StringValue", "")
                        for name, value in each.get("MessageAttributes", {}).items()
                    },
                    handle=each["ReceiptHandle"],
                )
                for each in received
            ]
            unseen = [message for message in new if message.id not in hidden]
            hidden.update((message.id, message) for message in new)
            stale = 0 if unseen else stale + 1
            yield from unseen

    def _show(self, messages: Sequence[QueueMessage]) -> None:
        for start in range(0, len(messages), _BATCH):
            batch = messages[start : start + _BATCH]
            # For a message that was deleted meanwhile the response reports a failure, which is expected.
            self._sqs.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message.handle, "VisibilityTimeout": 0}
                    for number, message in enumerate(batch)
                ],
            )


def delivery_error(message: QueueMessage) -> str:
    """Returns why EventBridge could not deliver an event, from the message's attributes."""
    error = message.attributes
    cause = f"{error.get('ERROR_CODE', 'no error code')}: {error.get('ERROR_MESSAGE', 'no message')}"
    if condition := error.get("EXHAUSTED_RETRY_CONDITION"):
        cause += f" ({condition}, {error.get('RETRY_ATTEMPTS', '?')} retries)"
    return cause
