"""What happened, derived from a change: the old and the new image of one item.

An event's id is `<PK>/<SK>#<version>#<type>`: the same change always carries the same id, and two
changes never share one. A consumer that remembers ids handles each change once, and one that
remembers versions can ignore what comes late: EventBridge keeps no order.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

Image = Mapping[str, Any]

# What a change to a record may tell the world. Whatever is not named here stays inside: payment
# tokens, fingerprints, keys.
_TOLD: Mapping[str, tuple[str, ...]] = {
    "ORDER": (
        "orderId",
        "customerId",
        "status",
        "reason",
        "lines",
        "currency",
        "subtotal",
        "tax",
        "shipping",
        "discount",
        "total",
        "createdAt",
        "updatedAt",
        "version",
    ),
    "RESERVATION": ("orderId", "status", "lines", "updatedAt", "version"),
    "SHIPMENT": ("orderId", "status", "reason", "trackingNumber", "updatedAt", "version"),
    "PAYMENT": (
        "orderId",
        "attempt",
        "paymentId",
        "status",
        "reason",
        "amount",
        "currency",
        "updatedAt",
        "version",
    ),
    "PRODUCT": ("sku", "name", "description", "price", "updatedAt", "version"),
    "STOCK": ("sku", "received", "available", "held", "shipped", "updatedAt", "version"),
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


class MalformedChange(ValueError):
    """A change of an item that no release of ours has written."""


def derive(old: Image | None, new: Image | None) -> Event | None:
    """The event of a change; None where nothing happened that concerns anybody.

    A change that leaves `version` as it was (a sweep's own notes, an index entry) is no event.
    Raises MalformedChange.
    """
    present = new if new is not None else old
    if present is None:
        raise MalformedChange("a change has neither an old nor a new image")
    try:
        kind = _kind(str(present["SK"]))
        if kind is None or (old and new and old["version"] == new["version"]):
            return None
        event_type = _TYPES[kind](old, new)
        # A removal has no version of its own: it comes after the last one.
        version = int(present["version"]) + (0 if new is not None else 1)
        told_old, told_new = _told(kind, old), _told(kind, new)
        return Event(
            event_id=f"{present['PK']}/{present['SK']}#{version}#{event_type}",
            type=event_type,
            at=str(present["updatedAt"]),
            version=version,
            old=told_old,
            new=told_new,
            changed=_differences(told_old or {}, told_new or {}),
            order_id=present.get("orderId"),
            sku=present.get("sku"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedChange(f"{type(error).__name__}: {error}") from error


def _kind(sort_key: str) -> str | None:
    kind = sort_key.partition("#")[0]
    return kind if kind in _TOLD else None


def _told(kind: str, image: Image | None) -> dict[str, Any] | None:
    if image is None:
        return None
    return {name: image[name] for name in _TOLD[kind] if name in image}


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))


def _order_type(old: Image | None, new: Image | None) -> str:
    image = new or old or {}
    status = image["status"]
    if status == "PENDING":
        return "OrderPlaced"
    if status == "CANCELLING" and image.get("reason") == "CUSTOMER_REQUEST":
        return "OrderCancelRequested"
    return f"Order{_words(status)}"


def _product_type(old: Image | None, new: Image | None) -> str:
    if new is None:
        return "ProductRemoved"
    return "ProductChanged" if old else "ProductAdded"


_RESERVATIONS = {"HELD": "StockReserved", "COMMITTED": "StockCommitted", "RELEASED": "StockReleased"}

_TYPES: Mapping[str, Callable[[Image | None, Image | None], str]] = {
    "ORDER": _order_type,
    "RESERVATION": lambda old, new: _RESERVATIONS[(new or old or {})["status"]],
    "SHIPMENT": lambda old, new: f"Shipment{_words((new or old or {})['status'])}",
    "PAYMENT": lambda old, new: f"Payment{_words((new or old or {})['status'])}",
    "PRODUCT": _product_type,
    "STOCK": lambda old, new: "StockChanged",
}


def _words(status: str) -> str:
    return status.title().replace("_", "")
