"""What happened, derived from a change: the old and the new image of one item.

An event's id is `<PK>/<SK>#<version>#<type>`: the same change always carries the same id, and two
changes never share one. A consumer that remembers ids handles each change once, and one that
remembers versions can ignore what comes late: EventBridge keeps no order.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from ordering.domain.base import Record
from ordering.domain.clock import as_text
from ordering.domain.order import OrderLine, Reason, Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.product import ProductPrice
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import Hold, ReservationStatus

Image = Mapping[str, Any]


class _PublishedFields(Record, frozen=True):
    """What a change to a record may tell the world. Whatever is not named here stays inside: payment tokens,
    fingerprints, keys, and what another tool or a later release has written, however deep within."""

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


_PUBLISHED_FIELDS: Mapping[str, type[Record]] = {
    "ORDER": _Order,
    "RESERVATION": _Reservation,
    "SHIPMENT": _Shipment,
    "PAYMENT": _Payment,
    "PRODUCT": _Product,
    "STOCK": _Stock,
}


class Event(Struct, frozen=True, kw_only=True, rename="camel"):
    """One thing that happened. `old` is None for what is new, `new` for what is gone.

    `changed` names the facts in which the two differ.
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

    @property
    def item(self) -> str:
        """The item that changed: `<PK>/<SK>`."""
        return self.event_id.rsplit("#", 2)[0]


class MalformedChange(ValueError):
    """A change of an item that no release of ours has written."""


def derive(old: Image | None, new: Image | None) -> Event | None:
    """The event of a change; None where nothing happened that concerns anybody.

    A change that leaves `version` as it was (a sweep's own notes, an index entry) is no event, nor is
    the removal of anything but a product. Raises MalformedChange.
    """
    present = new if new is not None else old
    if present is None:
        raise MalformedChange("a change has neither an old nor a new image")
    try:
        kind = _kind(present)
        if kind is None or (new is None and kind != "PRODUCT"):
            return None
        if old and new and old["version"] == new["version"]:
            return None
        event_type = _type(kind, old, new)
        # A removal has no version of its own: it comes after the last one.
        version = int(present["version"]) + (0 if new is not None else 1)
        told_old, told_new = _told(kind, old), _told(kind, new)
        told = told_new or told_old or {}
        return Event(
            event_id=f"{present['PK']}/{present['SK']}#{version}#{event_type}",
            type=event_type,
            at=as_text(datetime.fromisoformat(present["updatedAt"])),
            version=version,
            old=told_old,
            new=told_new,
            changed=_differences(told_old or {}, told_new or {}),
            order_id=told.get("orderId"),
            sku=told.get("sku"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedChange(f"{type(error).__name__}: {error}") from error


def _kind(image: Image) -> str | None:
    """What the item is, if it is one whose changes are told: by its whole key, since a consumer's record
    of an event carries the key of what the event was about within its own."""
    partition, sort = str(image["PK"]), str(image["SK"])
    if partition.startswith("ORDER#"):
        kind = "PAYMENT" if sort.startswith("PAYMENT#") else sort
        return kind if kind in ("ORDER", "RESERVATION", "SHIPMENT", "PAYMENT") else None
    if partition.startswith("PRODUCT#"):
        return sort if sort in ("PRODUCT", "STOCK") else None
    return None


def _type(kind: str, old: Image | None, new: Image | None) -> str:
    match kind:
        case "PRODUCT" if new is None:
            return "ProductRemoved"
        case "PRODUCT":
            return "ProductChanged" if old else "ProductAdded"
        case "STOCK":
            return "StockChanged"
    status = (new or {})["status"]
    match kind:
        case "RESERVATION":
            return _RESERVATIONS[ReservationStatus(status)]
        case "SHIPMENT":
            return f"Shipment{_words(ShipmentStatus(status))}"
        case "PAYMENT":
            return f"Payment{_words(PaymentStatus(status))}"
    if status == Status.PENDING:
        return "OrderPlaced"
    if status == Status.CANCELLING and (new or {}).get("reason") == Reason.CUSTOMER_REQUEST:
        return "OrderCancelRequested"
    return f"Order{_words(Status(status))}"


_RESERVATIONS = {
    ReservationStatus.HELD: "StockReserved",
    ReservationStatus.COMMITTED: "StockCommitted",
    ReservationStatus.RELEASED: "StockReleased",
}


def _words(status: str) -> str:
    return status.title().replace("_", "")


def _told(kind: str, image: Image | None) -> dict[str, Any] | None:
    if image is None:
        return None
    told: dict[str, Any] = msgspec.to_builtins(msgspec.convert(image, _PUBLISHED_FIELDS[kind]))
    return told


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))
