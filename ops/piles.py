"""Where what was given up lies: a dead-letter queue, or a bucket. Looking takes nothing away.

A queue cannot be read without receiving: each look raises a message's receive count by one (which decides
nothing in a queue that has no dead-letter queue of its own), and hides it from other readers until the
look is over, a minute at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ops.words import moment
from ordering.domain.clock import as_text

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient

_HIDDEN_SECONDS = 60
# SQS hands out ten messages at most (ReceiveMessage, Amazon SQS API Reference).
_BATCH = 10
# A message that was seen comes again when a long look outlasts its hiding. So many answers without anything
# new are the end of the queue.
_STALE_ANSWERS = 3
# Waiting at all makes SQS ask every server that may hold a message, not a few of them.
WAIT_SECONDS = 1


@dataclass(frozen=True)
class Message:
    """What lies on a pile. `receives` is None where nobody counts; `attributes` are its own, not SQS's."""

    id: str
    body: str
    sent_at: str
    receives: int | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    handle: str = ""


class Pile(Protocol):
    """Where what was given up lies."""

    def looked_through(self) -> AbstractContextManager[Iterable[Message]]:
        """Everything on it, one after the other; once the context ends, whoever comes next sees it too."""
        ...

    def remove(self, message: Message) -> None:
        """Take away one message, for good."""
        ...


class QueuePile:
    """A dead-letter queue."""

    def __init__(self, sqs: SQSClient, url: str) -> None:
        self._sqs = sqs
        self._url = url

    @contextmanager
    def looked_through(self) -> Iterator[Iterable[Message]]:
        """Every message, each once, hidden from others meanwhile."""
        hidden: dict[str, Message] = {}
        try:
            yield self._received(hidden)
        finally:
            self._show(list(hidden.values()))

    def remove(self, message: Message) -> None:
        """Take away a message that this look received."""
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message.handle)

    def _received(self, hidden: dict[str, Message]) -> Iterator[Message]:
        stale = 0
        while stale < _STALE_ANSWERS:
            received = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_BATCH,
                VisibilityTimeout=_HIDDEN_SECONDS,
                WaitTimeSeconds=WAIT_SECONDS,
                MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            if not received:
                return
            new = [
                Message(
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

    def _show(self, messages: Sequence[Message]) -> None:
        for start in range(0, len(messages), _BATCH):
            batch = messages[start : start + _BATCH]
            # One that was removed meanwhile is among the answer's failures, which is as it should be.
            self._sqs.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message.handle, "VisibilityTimeout": 0}
                    for number, message in enumerate(batch)
                ],
            )


class BucketPile:
    """A bucket to which Lambda brings the batches of a stream that it has given up."""

    def __init__(self, s3: S3Client, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    @contextmanager
    def looked_through(self) -> Iterator[Iterable[Message]]:
        """Every object, by key, which begins with the time."""
        yield self._read()

    def remove(self, message: Message) -> None:
        """Delete an object."""
        self._s3.delete_object(Bucket=self._bucket, Key=message.id)

    def _read(self) -> Iterator[Message]:
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket):
            for listed in page.get("Contents", []):
                try:
                    content = self._s3.get_object(Bucket=self._bucket, Key=listed["Key"])["Body"].read()
                except self._s3.exceptions.NoSuchKey:
                    # Somebody else has taken it meanwhile.
                    continue
                # What is no UTF-8 is shown as the bytes that it is.
                body = content.decode(errors="backslashreplace")
                yield Message(id=listed["Key"], body=body, sent_at=as_text(listed["LastModified"]))
