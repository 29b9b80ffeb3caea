"""Derives events from changes: the old and the new image of one item.

EventBridge does not deliver events in order. A consumer that stores the ids can handle each event once; one
that stores the sequences can ignore outdated events.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from ordering.domain.clock import as_text
from ordering.domain.events.earlier_release import with_earlier_id
from ordering.domain.events.envelope import Event, opaque_id
from ordering.domain.events.facts import facts_of
from ordering.domain.events.shapes import SHAPES
from ordering.domain.events.types import EventType, ItemKind
from ordering.domain.order import Reason, Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.refund import RefundStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import ReservationStatus, is_low
from ordering.domain.trace import read_trace

Image = Mapping[str, Any]

# The statuses whose changes are published. The others are bookkeeping that no consumer needs: see
# `docs/decisions/0018-events-as-contracts.md`.
_ORDER: Mapping[Status, EventType] = {
    Status.PENDING: EventType.ORDER_PLACED,
    Status.CONFIRMED: EventType.ORDER_CONFIRMED,
    Status.FULFILLED: EventType.ORDER_FULFILLED,
    Status.REJECTED: EventType.ORDER_REJECTED,
    Status.CANCELLED: EventType.ORDER_CANCELLED,
}
_PAYMENT: Mapping[PaymentStatus, EventType] = {
    PaymentStatus.AUTHORISED: EventType.PAYMENT_AUTHORISED,
    PaymentStatus.DECLINED: EventType.PAYMENT_DECLINED,
    PaymentStatus.CAPTURED: EventType.PAYMENT_CAPTURED,
    PaymentStatus.REFUNDED: EventType.PAYMENT_REFUNDED,
}
_REFUND: Mapping[RefundStatus, EventType] = {
    RefundStatus.REQUESTED: EventType.ORDER_REFUND_REQUESTED,
    RefundStatus.REFUNDED: EventType.ORDER_REFUNDED,
}
_RESERVATION: Mapping[ReservationStatus, EventType] = {
    ReservationStatus.HELD: EventType.STOCK_RESERVED,
    ReservationStatus.RELEASED: EventType.STOCK_RELEASED,
}
_SHIPMENT: Mapping[ShipmentStatus, EventType] = {
    ShipmentStatus.BOOKED: EventType.SHIPMENT_BOOKED,
    ShipmentStatus.DISPATCHED: EventType.SHIPMENT_DISPATCHED,
}


# The status of a webhook endpoint.
_DISABLED = "DISABLED"


class MalformedChange(ValueError):
    """A change to an item in a form that none of our releases has written."""


class PublishedChange(NamedTuple):
    """What identifies the event of a change, without its content."""

    type: EventType
    change: str
    """The change as `<PK>/<SK>#<version>#<type>`."""
    sequence: int
    time: str

    @property
    def id(self) -> str:
        """The event's id."""
        return opaque_id(self.change)


def identify(kind: ItemKind, item: str, old: Image | None, new: Image | None) -> PublishedChange | None:
    """Return what identifies the event for a change of `item` (`<PK>/<SK>`); None if there is no event.

    There is none if the change leaves `version` or the status as it was (notes of the sweep, attributes of an
    index), if the new status is bookkeeping, if stock does not become low, or if anything but a product is
    removed. Raises MalformedChange.
    """
    image = new if new is not None else old
    if image is None:
        raise MalformedChange("a change has neither an old nor a new image")
    try:
        if new is None and kind is not ItemKind.PRODUCT:
            return None
        if old and new and old["version"] == new["version"]:
            return None
        # A removal has no version of its own: its event has the last version plus one.
        sequence = int(image["version"]) + (0 if new is not None else 1)
        time = as_text(datetime.fromisoformat(image["updatedAt"]))
        type = _type(kind, old, new)
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedChange(f"{error.__class__.__name__}: {error}") from error
    return PublishedChange(type, f"{item}#{sequence}#{type}", sequence, time) if type else None


def derive(kind: ItemKind, item: str, old: Image | None, new: Image | None) -> Event | None:
    """Return the event for a change of `item` (`<PK>/<SK>`); None if there is none, as for `identify`.

    Raises MalformedChange.
    """
    published = identify(kind, item, old, new)
    if published is None:
        return None
    image = (new if new is not None else old) or {}
    try:
        return event_of(published, facts_of(kind, old, new), image.get("trace"))
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedChange(f"{error.__class__.__name__}: {error}") from error


def event_of(published: PublishedChange, facts: Mapping[str, Any], trace: object) -> Event:
    """Return the event with this identity and these facts. Raises ValueError if they do not fit its class."""
    shape = SHAPES[published.type]
    ids = read_trace(trace)
    envelope = {
        "id": published.id,
        "type": published.type.value,
        "time": published.time,
        "sequence": published.sequence,
        "schemaVersion": shape.SCHEMA_VERSION,
        **(msgspec.to_builtins(ids) if ids else {}),
    }
    return with_earlier_id(msgspec.convert({**facts, **envelope}, shape), published.change)


def _type(kind: ItemKind, old: Image | None, new: Image | None) -> EventType | None:
    if kind is ItemKind.PRODUCT:
        if new is None:
            return EventType.PRODUCT_REMOVED
        return EventType.PRODUCT_CHANGED if old else EventType.PRODUCT_ADDED
    if kind is ItemKind.STOCK:
        became_low = bool(old and new and not is_low(old) and is_low(new))
        return EventType.STOCK_LOW if became_low else None
    status = (new or {})["status"]
    if old and old["status"] == status:
        return None
    if kind is ItemKind.WEBHOOK:
        return EventType.WEBHOOK_DISABLED if old and status == _DISABLED else None
    match kind:
        case ItemKind.RESERVATION:
            return _RESERVATION.get(ReservationStatus(status))
        case ItemKind.SHIPMENT:
            return _SHIPMENT.get(ShipmentStatus(status))
        case ItemKind.PAYMENT:
            return _PAYMENT.get(PaymentStatus(status))
        case ItemKind.REFUND:
            return _REFUND[RefundStatus(status)]
    if status == Status.CANCELLING and (new or {}).get("reason") == Reason.CUSTOMER_REQUEST:
        return EventType.ORDER_CANCEL_REQUESTED
    return _ORDER.get(Status(status))
