"""A queue that a function consumes: the failed messages of a batch, and the back-off of each."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.config import Config

from ordering.aws.clients import QUICK, client
from ordering.aws.logging import logger
from ordering.resilience.pacing import back_off_seconds

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

# The limit of ChangeMessageVisibilityBatch and DeleteMessageBatch (Amazon SQS API Reference).
_MAX_ENTRIES = 10

SqsMessage = Mapping[str, Any]
"""A message as Lambda receives it from SQS."""


def receive_count(message: SqsMessage) -> int:
    """How often a message has been received."""
    return int(message["attributes"]["ApproximateReceiveCount"])


def back_off(message: SqsMessage) -> int:
    """The seconds until a failed message is redelivered: they grow with its receive count."""
    return back_off_seconds(receive_count(message), random.random())  # noqa: S311 (jitter is no secret)


class SqsQueue:
    """The messages of one queue, by its URL."""

    def __init__(self, queue_url: str, patience: Config = QUICK) -> None:
        self._url = queue_url
        self._client: SQSClient = client("sqs", patience)

    def partial_batch_response(self, failed: Iterable[SqsMessage]) -> dict[str, Any]:
        """Return the response of a function to a batch: the ids of the failed messages.

        Each failed message is redelivered after its back-off.
        """
        return self.put_back([(message, back_off(message)) for message in failed])

    def put_back(self, failed: Sequence[tuple[SqsMessage, int | None]]) -> dict[str, Any]:
        """Return the same response; each message is redelivered after the given number of seconds.

        None means the queue's own visibility time-out. One call sets the back-off of up to ten messages.
        """
        self._set_visibility([(message, seconds) for message, seconds in failed if seconds is not None])
        return {"batchItemFailures": [{"itemIdentifier": message["messageId"]} for message, _ in failed]}

    def acknowledge(self, done: Sequence[SqsMessage]) -> None:
        """Delete processed messages before the rest of their batch is processed.

        If that fails, they are deleted when the function returns.
        """
        for start in range(0, len(done), _MAX_ENTRIES):
            entries = [
                {"Id": str(index), "ReceiptHandle": message["receiptHandle"]}
                for index, message in enumerate(done[start : start + _MAX_ENTRIES])
            ]
            try:
                response = self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]
            except Exception:
                logger.exception("not acknowledged early")
            else:
                _warn(response.get("Failed"), "not acknowledged early")

    def _set_visibility(self, messages: Sequence[tuple[SqsMessage, int]]) -> None:
        for start in range(0, len(messages), _MAX_ENTRIES):
            entries = [
                {"Id": str(index), "ReceiptHandle": message["receiptHandle"], "VisibilityTimeout": seconds}
                for index, (message, seconds) in enumerate(messages[start : start + _MAX_ENTRIES])
            ]
            try:
                response = self._client.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]
            except Exception:
                # The queue's visibility time-out applies instead: the message is redelivered, only later.
                logger.exception("no back-off")
            else:
                _warn(response.get("Failed"), "no back-off")


def _warn(failed: Any, what: str) -> None:
    if failed:
        logger.warning(what, extra={"failed": failed})
