"""How many messages a queue holds, without receiving any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.documents.orders import QueueDepth

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient


def depth(sqs: SQSClient, name: str, url: str) -> QueueDepth:
    """Returns the depth of a queue. The figures are approximate, and up to a minute old.

    Source: "GetQueueAttributes" (Amazon SQS API Reference).
    """
    attributes = sqs.get_queue_attributes(
        QueueUrl=url,
        AttributeNames=[
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ],
    )["Attributes"]
    return QueueDepth(
        name=name,
        visible=int(attributes["ApproximateNumberOfMessages"]),
        in_flight=int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        delayed=int(attributes["ApproximateNumberOfMessagesDelayed"]),
    )
