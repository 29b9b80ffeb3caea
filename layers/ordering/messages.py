"""A queue that a function consumes: which messages of a batch failed, and how long each stays away."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ordering.aws import client
from ordering.log import logger

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

# SQS itself has no back-off: a message that failed would come back at the end of its visibility
# time-out, always the same. 15 s, 30 s, 1 min … 15 min, each less some jitter.
BACK_OFF_SECONDS = 15
LONGEST_BACK_OFF_SECONDS = 900
# After so many receives it grows no more: to double it without end would be to compute a number without end.
_DOUBLINGS = 6


class Messages:
    """The messages of one queue, by its URL."""

    def __init__(self, queue_url: str) -> None:
        self._url = queue_url
        self._client: SQSClient = client("sqs")

    def answer(self, failed: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """What a function answers of a batch: the records that failed, by id. Each comes back in a while."""
        failures = []
        for record in failed:
            self._back_off(record)
            failures.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failures}

    def _back_off(self, record: dict[str, Any]) -> None:
        receives = int(record["attributes"]["ApproximateReceiveCount"])
        seconds = back_off_seconds(receives, random.random())  # noqa: S311 (jitter is no secret)
        try:
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=seconds
            )
        except Exception:
            # The queue's own visibility time-out applies: later, but no less certainly.
            logger.exception("no back-off", extra={"message_id": record["messageId"]})


def back_off_seconds(receives: int, jitter: float) -> int:
    """How long a message that failed stays away, at its nth receive; `jitter` is from 0 to 1."""
    longest = min(BACK_OFF_SECONDS << min(receives - 1, _DOUBLINGS), LONGEST_BACK_OFF_SECONDS)
    return round(longest * (1 - jitter / 2))
