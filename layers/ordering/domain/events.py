"""Events, each derived from a change: the old and the new image of one item.

An event's id is `<PK>/<SK>#<version>#<type>`: the same change always has the same id, and two changes never
have the same id. A consumer that stores the ids can handle each change once. A consumer that stores the
versions can ignore outdated events: EventBridge does not deliver events in order.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from ordering.domain.base import Record
from ordering.domain.clock import as_text
from ordering.domain.order import OrderLine, Reason, Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.product import ProductPrice
from ordering.domain.refund import RefundStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import Hold, ReservationStatus
from ordering.domain.trace import Trace, read_trace

Image = Mapping[str, Any]


class ItemKind(StrEnum):
    """The kinds of items whose changes are published."""

    ORDER = "ORDER"
    RESERVATION = "RESERVATION"
    SHIPMENT = "SHIPMENT"
    PAYMENT = "PAYMENT"
    REFUND = "REFUND"
    PRODUCT = "PRODUCT"
    STOCK = "STOCK"


class _PublishedFields(Record, frozen=True):
    """Fields that may be published. Anything not listed stays private, at any depth.

    This excludes payment tokens, fingerprints and keys, and any attribute that another tool or a later
    release has written.
    """

    updated_at: str
    version: int
    order_id: str | None = None
    status: str | None = None
    reason: str | None = None


class _Order(_PublishedFields, frozen=True):
    customer_id: str | None = None
    lines: Sequence[OrderLine] | None = None
    currency: str | None = None
    subtotal: int | None = None
    tax: int | None = None
    shipping: int | None = None
    discount: int | None = None
    total: int | None = None
    created_at: str | None = None


class _Reservation(_PublishedFields, frozen=True):
    lines: Sequence[Hold] | None = None


class _Shipment(_PublishedFields, frozen=True):
    tracking_number: str | None = None


class _Payment(_PublishedFields, frozen=True):
    attempt: int | None = None
    payment_id: str | None = None
    amount: int | None = None
    currency: str | None = None


class _Refund(_PublishedFields, frozen=True):
    attempt: int | None = None
    amount: int | None = None
    currency: str | None = None


class _Product(Record, frozen=True):
    updated_at: str
    version: int
    sku: str
    name: str | None = None
    description: str | None = None
    price: ProductPrice | None = None


class _Stock(Record, frozen=True):
    updated_at: str
    version: int
    sku: str
    received: int | None = None
    adjusted: int | None = None
    available: int | None = None
    held: int | None = None
    shipped: int | None = None


_PUBLISHED_FIELDS: Mapping[ItemKind, type[Record]] = {
    ItemKind.ORDER: _Order,
    ItemKind.RESERVATION: _Reservation,
    ItemKind.SHIPMENT: _Shipment,
    ItemKind.PAYMENT: _Payment,
    ItemKind.REFUND: _Refund,
    ItemKind.PRODUCT: _Product,
    ItemKind.STOCK: _Stock,
}


class Event(Struct, frozen=True, kw_only=True, rename="camel"):
    """A change to an item. `old` is None for a new item, `new` for a removed one.

    `changed` contains the names of the published fields in which the two differ. `correlation_id` and
    `traceparent` are the ids of the order (`ordering.domain.trace`). They are no field of the item: neither
    `old` nor `new` contains them, and they never differ. Products and orders without ids have none.
    """

    event_id: str
    type: str
    at: str
    version: int
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    changed: tuple[str, ...]
    order_id: str | None = None
    sku: str | None = None
    correlation_id: str | None = None
    traceparent: str | None = None

    @property
    def ids(self) -> Trace | None:
        """The ids of the order; None if the event has none that are valid."""
        return read_trace({"correlationId": self.correlation_id, "traceparent": self.traceparent})

    @property
    def item(self) -> str:
        """The item that changed: `<PK>/<SK>`."""
        return self.event_id.rsplit("#", 2)[0]


class MalformedChange(ValueError):
    """A change to an item in a form that none of our releases has written."""


def derive(kind: ItemKind, item: str, old: Image | None, new: Image | None) -> Event | None:
    """Return the event for a change of `item` (`<PK>/<SK>`); None if the change is not published.

    A change is not published if it leaves `version` as it was (notes of the sweep, attributes of an index),
    or if it removes anything but a product. Raises MalformedChange.
    """
    image = new if new is not None else old
    if image is None:
        raise MalformedChange("a change has neither an old nor a new image")
    try:
        if new is None and kind is not ItemKind.PRODUCT:
            return None
        if old and new and old["version"] == new["version"]:
            return None
        event_type = _type(kind, old, new)
        # A removal has no version of its own: its event has the last version plus one.
        version = int(image["version"]) + (0 if new is not None else 1)
        published_old, published_new = _published(kind, old), _published(kind, new)
        published = published_new or published_old or {}
        trace = read_trace(image.get("trace"))
        return Event(
            event_id=f"{item}#{version}#{event_type}",
            type=event_type,
            at=as_text(datetime.fromisoformat(image["updatedAt"])),
            version=version,
            old=published_old,
            new=published_new,
            changed=_differences(published_old or {}, published_new or {}),
            order_id=published.get("orderId"),
            sku=published.get("sku"),
            correlation_id=trace.correlation_id if trace else None,
            traceparent=trace.traceparent if trace else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedChange(f"{type(error).__name__}: {error}") from error


def _type(kind: ItemKind, old: Image | None, new: Image | None) -> str:
    match kind:
        case ItemKind.PRODUCT if new is None:
            return "ProductRemoved"
        case ItemKind.PRODUCT:
            return "ProductChanged" if old else "ProductAdded"
        case ItemKind.STOCK:
            return "StockChanged"
    status = (new or {})["status"]
    match kind:
        case ItemKind.RESERVATION:
            return _RESERVATIONS[ReservationStatus(status)]
        case ItemKind.SHIPMENT:
            return f"Shipment{_camel_case(ShipmentStatus(status))}"
        case ItemKind.PAYMENT:
            return f"Payment{_camel_case(PaymentStatus(status))}"
        case ItemKind.REFUND:
            return _REFUNDS[RefundStatus(status)]
    if status == Status.PENDING:
        return "OrderPlaced"
    if status == Status.CANCELLING and (new or {}).get("reason") == Reason.CUSTOMER_REQUEST:
        return "OrderCancelRequested"
    return f"Order{_camel_case(Status(status))}"


_RESERVATIONS = {
    ReservationStatus.HELD: "StockReserved",
    ReservationStatus.COMMITTED: "StockCommitted",
    ReservationStatus.RELEASED: "StockReleased",
}

_REFUNDS = {
    RefundStatus.REQUESTED: "OrderRefundRequested",
    RefundStatus.REFUNDED: "OrderRefunded",
}


def _camel_case(status: str) -> str:
    return status.title().replace("_", "")


def _published(kind: ItemKind, image: Image | None) -> dict[str, Any] | None:
    if image is None:
        return None
    published: dict[str, Any] = msgspec.to_builtins(msgspec.convert(image, _PUBLISHED_FIELDS[kind]))
    return published


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))
