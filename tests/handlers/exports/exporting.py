"""Exports of customers' data, as a customer sees them: the request, the mail, and the file."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3

from ordering.domain.exports import EXPORTS
from tests.support import least_privilege
from tests.support.environment import CUSTOMER_JOBS_QUEUE_URL, EXPORTS_BUCKET, REGION
from tests.support.ses import SesEmail, prove_sender, sent
from tests.support.world import Context, HandlerResponse, World, invoke

EMAIL = "ada@example.com"


class ShrinkingBudget(Context):
    """The time of one invocation: each reading takes one second."""

    def get_remaining_time_in_millis(self) -> int:
        """Returns the time until the function's timeout."""
        self.remaining_milliseconds -= 1000
        return self.remaining_milliseconds


def prepare_exports() -> None:
    """Create the queue of jobs and the bucket of exports, both empty, and verify the sender."""
    queue = boto3.client("sqs").create_queue(QueueName="customer-jobs")
    assert queue["QueueUrl"] == CUSTOMER_JOBS_QUEUE_URL
    boto3.client("s3").create_bucket(
        Bucket=EXPORTS_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    prove_sender()


def request(world: World, subject: str = "alice") -> HandlerResponse:
    return world.api("request_export", "POST /customers/me/export", subject=subject)


def status(world: World, subject: str = "alice") -> HandlerResponse:
    return world.api("get_export", "GET /customers/me/export", subject=subject)


def sweep() -> None:
    """Let the sweep send the messages of the jobs that are due."""
    invoke("scheduled.reconcile_orders", {})


def receive() -> list[Mapping[str, Any]]:
    """Returns the messages in the queue, as Lambda receives them."""
    received = boto3.client("sqs").receive_message(
        QueueUrl=CUSTOMER_JOBS_QUEUE_URL, MaxNumberOfMessages=10, AttributeNames=["All"]
    )
    return [
        {
            "messageId": each["MessageId"],
            "receiptHandle": each["ReceiptHandle"],
            "body": each["Body"],
            "attributes": each["Attributes"],
        }
        for each in received.get("Messages", [])
    ]


def deliver(message: Mapping[str, Any], milliseconds: int | None = None) -> bool:
    """Deliver a message, and delete it if it was processed. Returns whether it was.

    `milliseconds`: how much time is left, of which each reading takes a second; None: enough.
    """
    context = ShrinkingBudget(remaining_milliseconds=milliseconds) if milliseconds else None
    response = invoke("events.process_customer_data", {"Records": [message]}, context)
    if response["batchItemFailures"]:
        return False
    boto3.client("sqs").delete_message(
        QueueUrl=CUSTOMER_JOBS_QUEUE_URL, ReceiptHandle=message["receiptHandle"]
    )
    return True


def deliver_jobs(milliseconds: int | None = None) -> int:
    """Deliver messages until the queue has no visible one. Returns how many were delivered."""
    delivered = 0
    while messages := receive():
        for message in messages:
            deliver(message, milliseconds)
            delivered += 1
            assert delivered < 200, "the jobs come to no end"
    return delivered


def files() -> Mapping[str, bytes]:
    """Returns the files in the bucket by their keys."""
    s3 = boto3.client("s3")
    listed = s3.list_objects_v2(Bucket=EXPORTS_BUCKET).get("Contents", [])
    return {
        each["Key"]: s3.get_object(Bucket=EXPORTS_BUCKET, Key=each["Key"])["Body"].read() for each in listed
    }


def opened(link: str, role: str) -> bytes:
    """Returns the file of a link, by the permissions of the role that signed it."""
    key = unquote(urlsplit(link).path).partition(f"/{EXPORTS}")[2]
    with least_privilege.within(role):
        response = boto3.client("s3").get_object(Bucket=EXPORTS_BUCKET, Key=EXPORTS + key)
    return bytes(response["Body"].read())


def exported() -> dict[str, Any]:
    """Returns the content of the only export's file."""
    (content,) = (content for key, content in files().items() if key.endswith("customer-data.json"))
    found: dict[str, Any] = json.loads(content)
    return found


def mails() -> list[SesEmail]:
    """Returns the mails about exports."""
    return [mail for mail in sent() if re.search("^https?://", mail.text, re.M)]
