"""Which events clients of the WebSocket API are told about, and what they are told."""

from msgspec import UNSET

from ordering.domain.events.envelope import Event
from ordering.domain.events.orders import OrderEvent
from ordering.domain.events.types import EventType
from ordering.domain.realtime import OrderChanged

EVENT_TYPES = (
    EventType.ORDER_PLACED,
    EventType.ORDER_CONFIRMED,
    EventType.ORDER_FULFILLED,
    EventType.ORDER_REJECTED,
    EventType.ORDER_CANCEL_REQUESTED,
    EventType.ORDER_CANCELLED,
    EventType.ORDER_REFUND_REQUESTED,
    EventType.ORDER_REFUNDED,
)
"""The events whose orders are announced."""


def change_of(event: Event) -> OrderChanged:
    """Return what clients are told about an event."""
    if isinstance(event, OrderEvent):
        return OrderChanged(
            order_id=event.subject,
            event=event.type,
            status=getattr(event, "new_status", UNSET),
            version=event.sequence,
        )
    return OrderChanged(order_id=event.subject, event=event.type)


def is_announced(event: Event) -> bool:
    """Whether clients are told about an event: a canary order concerns nobody."""
    return not (isinstance(event, OrderEvent) and event.is_canary)
