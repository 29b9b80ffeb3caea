"""The queue of webhook deliveries. A message names a delivery; everything else is in its item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from ordering.aws.clients import QUICK, client
from ordering.domain.trace import Trace, read_trace
from ordering.domain.webhooks.delivery import WebhookDelivery

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

# The limit of SendMessageBatch (Amazon SQS API Reference).
_MAX_ENTRIES = 10
# The delivery is written after its message is sent, so a message that is received at once would come too
# early. In this time, an event of the same order that EventBridge delivers late can catch up, too.
_DELAY_SECONDS = 2


class NotQueued(Exception):
    """SQS did not accept all of the messages."""


class DeliveryMessage(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The body of a message: the key of a delivery, and the partner whose endpoint it is for.

    It also contains the order's ids, so that each log line has them. The previous release neither writes them
    nor reads them.
    """

    customer_id: str
    webhook_id: str
    order_id: str
    family: str
    sequence: int
    event_id: str
    correlation_id: str | None = None
    traceparent: str | None = None

    @property
    def ids(self) -> Trace | None:
        """The ids of the order; None if there are none that are valid."""
        return read_trace({"correlationId": self.correlation_id, "traceparent": self.traceparent})


def message_of(delivery: WebhookDelivery) -> DeliveryMessage:
    """Return the message that names a delivery."""
    ids = delivery.ids
    return DeliveryMessage(
        customer_id=delivery.customer_id,
        webhook_id=delivery.webhook_id,
        order_id=delivery.order_id,
        family=delivery.family,
        sequence=delivery.sequence,
        event_id=delivery.event_id,
        correlation_id=ids.correlation_id if ids else None,
        traceparent=ids.traceparent if ids else None,
    )


class WebhookQueue:
    """The queue, by its URL."""

    def __init__(self, queue_url: str) -> None:
        self._url = queue_url
        self._client: SQSClient = client("sqs", QUICK)

    def send(self, deliveries: Sequence[WebhookDelivery]) -> None:
        """Send a message for each of at most ten deliveries. Raises NotQueued.

        The endpoint is the message's group. SQS does not order the messages of a standard queue by it: if one
        group has many more messages in progress than others, those of the others are received first ("Amazon
        SQS fair queues").
        """
        response = self._client.send_message_batch(
            QueueUrl=self._url,
            Entries=[
                {
                    "Id": str(index),
                    "MessageBody": msgspec.json.encode(message_of(delivery)).decode(),
                    "MessageGroupId": delivery.webhook_id,
                    "DelaySeconds": _DELAY_SECONDS,
                }
                for index, delivery in enumerate(deliveries[:_MAX_ENTRIES])
            ],
        )
        if failed := response.get("Failed"):
            raise NotQueued(f"{len(failed)} messages: {failed[0].get('Code')}")
