"""The queue of customers' jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordering.aws.clients import QUICK, client
from ordering.domain.customer_jobs import CustomerJob, message_body

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient


class CustomerJobQueue:
    """The queue, by its URL."""

    def __init__(self, queue_url: str) -> None:
        self._url = queue_url
        self._client: SQSClient = client("sqs", QUICK)

    def send(self, job: CustomerJob) -> None:
        """Send a message for a job."""
        self._client.send_message(QueueUrl=self._url, MessageBody=message_body(job))
