"""An order's life, as people read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ordering.domain.money import Money

TERMINAL = frozenset({"FULFILLED", "REJECTED", "CANCELLED"})
_MEANING = {
    "PENDING": "accepted; no money can have moved",
    "CONFIRMED": "stock held, payment authorised",
    "FULFILLED": "paid and dispatched",
    "REJECTING": "giving back what was taken",
    "REJECTED": "nothing taken, nothing charged",
    "CANCELLING": "giving back what was taken",
    "CANCELLED": "nothing charged that was not refunded",
}


def heading(order: dict[str, Any]) -> str:
    """The order in one line: its id, what is in it, what it costs."""
    lines = ", ".join(f"{line['quantity']} × {line['sku']}" for line in order["lines"])
    return f"order {order['orderId']}: {lines}, {Money(**order['total'])}"


def moment(at: datetime, first: dict[str, Any]) -> str:
    """The time of day, and how long after the first entry of a history it was."""
    after = (at - datetime.fromisoformat(first["at"])).total_seconds()
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}  {after:+7.3f} s"


def transition(each: dict[str, Any], first: dict[str, Any]) -> str:
    """One line of the history: when (and how long after the first), the status, what it means."""
    because = f", because {each['reason']}" if each.get("reason") else ""
    when = moment(datetime.fromisoformat(each["at"]), first)
    return f"{when}  {each['status']:<10}  {_MEANING[each['status']]}{because}"


def ending(order: dict[str, Any]) -> str:
    """Where payment and shipment stand."""
    payment, shipment = order.get("payment"), order.get("shipment")
    parts = ["no payment" if payment is None else f"payment {payment['status']} {Money(**payment['amount'])}"]
    if shipment is None:
        parts.append("no shipment")
    else:
        number = f" {shipment['trackingNumber']}" if shipment.get("trackingNumber") else ""
        parts.append(f"shipment {shipment['status']}{number}")
    return ", ".join(parts)
