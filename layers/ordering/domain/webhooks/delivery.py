"""A delivery: one event for one endpoint, and the log of its attempts.

| status       | the delivery                                                                      |
|--------------|-----------------------------------------------------------------------------------|
| PENDING      | is to be attempted at `due_at`, or is being attempted                             |
| DELIVERED    | was acknowledged: the receiver has returned a status of 200 to 299                |
| FAILED       | was not acknowledged by any attempt, or the receiver has returned 410             |
| DISCARDED    | was not attempted any more, since the endpoint was deleted or disabled            |
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

import msgspec

from ordering.domain.base import NonNegative, Positive, Record
from ordering.domain.clock import StoredTime, later, seconds_until, unix_seconds
from ordering.domain.events.envelope import Event
from ordering.domain.events.orders import OrderEvent
from ordering.domain.order import CustomerId
from ordering.domain.trace import Trace, read_trace
from ordering.domain.webhooks.endpoint import Endpoint, WebhookId

LOG_KEPT = timedelta(days=30)

LOST_AFTER = timedelta(hours=6)
"""So long after it was due, the message of a delivery is taken for lost. A queue that is behind is no reason:
a second message finds the same delivery."""

TEST_TYPE = "WebhookTest"
"""The type of a test event. It is no event of the bus."""
TEST_ORDER = "TEST"
"""What a test event has in place of an order."""

# The fields of the previous release, which contain a storage key.
_NOT_SENT = ("eventId",)


class DeliveryStatus(StrEnum):
    """What has become of a delivery."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    DISCARDED = "DISCARDED"


class _SentBody(msgspec.Struct):
    """The part of a body that has the ids of the order."""

    data: Any = None


class WebhookDelivery(Record, frozen=True):
    """A delivery as it is stored."""

    webhook_id: WebhookId
    customer_id: CustomerId
    event_id: str
    type: str
    order_id: str
    family: str
    """The events of one order whose sequences can be compared."""
    sequence: NonNegative
    body: str
    status: DeliveryStatus
    created_at: StoredTime
    updated_at: StoredTime
    due_at: StoredTime
    expires_at: int
    version: Positive = 1
    attempts: NonNegative = 0
    last_result: str | None = None
    """What the last attempt has led to: a status (`503`), or the code of a `WebhookNotSent` (`TIMED_OUT`)."""
    last_milliseconds: int | None = None

    @property
    def has_not_ended(self) -> bool:
        """Whether it is still to be attempted."""
        return self.status is DeliveryStatus.PENDING

    def has_lost_its_message(self, *, at: str) -> bool:
        """Whether it is to be attempted and long overdue: its message was deleted, perhaps with its queue."""
        return self.has_not_ended and seconds_until(self.due_at, at=at) < -LOST_AFTER.total_seconds()

    @property
    def ids(self) -> Trace | None:
        """The ids of the order, as its event contains them; None if it has none that are valid."""
        try:
            return read_trace(msgspec.json.decode(self.body, type=_SentBody).data)
        except ValueError:
            # They are a hint: nothing depends on them.
            return None

    @property
    def is_test(self) -> bool:
        """Whether this is a test event, which is attempted once."""
        return self.type == TEST_TYPE


def delivery_of(event: Event, endpoint: Endpoint, *, at: str) -> WebhookDelivery:
    """Return the delivery of an event to an endpoint."""
    data: dict[str, Any] = msgspec.to_builtins(event)
    for name in _NOT_SENT:
        data.pop(name, None)
    return _delivery(
        endpoint,
        event_id=event.id,
        type=event.type.value,
        order_id=event.subject,
        family=f"{event.KIND}{event.attempt_number:02d}",
        sequence=event.sequence,
        body=_body(event.type.value, event.time, data),
        at=at,
    )


def delivery_of_test(endpoint: Endpoint, event_id: str, *, at: str) -> WebhookDelivery:
    """Return the delivery of a test event, which shows a partner whether their receiver works."""
    return _delivery(
        endpoint,
        event_id=event_id,
        type=TEST_TYPE,
        order_id=TEST_ORDER,
        family=event_id,
        sequence=1,
        body=_body(TEST_TYPE, at, {"id": event_id, "webhookId": endpoint.webhook_id}),
        at=at,
    )


def order_owner(event: Event) -> CustomerId | None:
    """Return the customer of an event's order, if the event names them."""
    return CustomerId(event.customer_id) if isinstance(event, OrderEvent) else None


def _delivery(
    endpoint: Endpoint,
    *,
    event_id: str,
    type: str,
    order_id: str,
    family: str,
    sequence: int,
    body: str,
    at: str,
) -> WebhookDelivery:
    return WebhookDelivery(
        webhook_id=endpoint.webhook_id,
        customer_id=endpoint.customer_id,
        event_id=event_id,
        type=type,
        order_id=order_id,
        family=family,
        sequence=sequence,
        body=body,
        status=DeliveryStatus.PENDING,
        created_at=at,
        updated_at=at,
        due_at=at,
        expires_at=unix_seconds(later(at, LOG_KEPT)),
    )


def _body(type: str, time: str, data: Mapping[str, Any]) -> str:
    """Return the body in the form that Standard Webhooks suggests: `type`, `timestamp` and `data`."""
    return msgspec.json.encode({"type": type, "timestamp": time, "data": data}).decode()
