"""A queue that a function consumes: which messages of a batch failed, and how long each stays away."""

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

# Of ChangeMessageVisibilityBatch and DeleteMessageBatch (Amazon SQS API Reference).
_MOST_ENTRIES = 10

SqsMessage = Mapping[str, Any]
"""A record of an event source of SQS."""


def receive_count(message: SqsMessage) -> int:
    """How often a message was received."""
    return int(message["attributes"]["ApproximateReceiveCount"])


def back_off(message: SqsMessage) -> int:
    """How many seconds a message that failed stays away: the longer, the more often it was received."""
    return back_off_seconds(receive_count(message), random.random())  # noqa: S311 (jitter is no secret)


class SqsQueue:
    """The messages of one queue, by its URL."""

    def __init__(self, queue_url: str, patience: Config = QUICK) -> None:
        self._url = queue_url
        self._client: SQSClient = client("sqs", patience)

    def partial_batch_response(self, failed: Iterable[SqsMessage]) -> dict[str, Any]:
        """Returns what a function answers of a batch: the messages that failed, by id. Each is redelivered
        after its back-off."""
        return self.put_back([(message, back_off(message)) for message in failed])

    def put_back(self, failed: Sequence[tuple[SqsMessage, int | None]]) -> dict[str, Any]:
        """The same, where each stays away for the seconds that stand with it (None: for the queue's
        visibility time-out). All are put off in one call, however many there are."""
        self._put_off([(message, seconds) for message, seconds in failed if seconds is not None])
        return {"batchItemFailures": [{"itemIdentifier": message["messageId"]} for message, _ in failed]}

    def acknowledge(self, done: Sequence[SqsMessage]) -> None:
        """Delete messages that are done with, before the rest of their batch is.

        Where that fails they are deleted when the function answers.
        """
        for start in range(0, len(done), _MOST_ENTRIES):
            entries = [
                {"Id": str(place), "ReceiptHandle": message["receiptHandle"]}
                for place, message in enumerate(done[start : start + _MOST_ENTRIES])
            ]
            try:
                answer = self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]
            except Exception:
                logger.exception("not acknowledged early")
            else:
                _say(answer.get("Failed"), "not acknowledged early")

    def _put_off(self, messages: Sequence[tuple[SqsMessage, int]]) -> None:
        for start in range(0, len(messages), _MOST_ENTRIES):
            entries = [
                {"Id": str(place), "ReceiptHandle": message["receiptHandle"], "VisibilityTimeout": seconds}
                for place, (message, seconds) in enumerate(messages[start : start + _MOST_ENTRIES])
            ]
            try:
                answer = self._client.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]
            except Exception:
                # The queue's own visibility time-out applies: later, but no less certainly.
                logger.exception("no back-off")
            else:
                _say(answer.get("Failed"), "no back-off")


def _say(failed: Any, what: str) -> None:
    if failed:
        logger.warning(what, extra={"failed": failed})
