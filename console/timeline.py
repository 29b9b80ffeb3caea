"""Formats an order as the API returns it, and its history, for people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ordering.domain.money import Money

TERMINAL = frozenset({"FULFILLED", "REJECTED", "CANCELLED"})
_MEANING = {
    "PENDING": "accepted; no money taken yet",
    "CONFIRMED": "stock reserved, payment authorised",
    "FULFILLED": "paid and dispatched",
    "REJECTING": "releasing stock and money",
    "REJECTED": "no stock held, nothing charged",
    "CANCELLING": "releasing stock and money",
    "CANCELLED": "nothing charged, or all refunded",
}


def heading(order: dict[str, Any]) -> str:
    """Returns the order in one line: its id, its lines, its total."""
    lines = ", ".join(f"{line['quantity']} × {line['sku']}" for line in order["lines"])
    return f"order {order['orderId']}: {lines}, {Money(**order['total'])}"


def moment(at: datetime, first: dict[str, Any]) -> str:
    """Returns the time of day, and the time since the first entry of the history."""
    after = (at - datetime.fromisoformat(first["at"])).total_seconds()
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}  {after:+7.3f} s"


def transition(each: dict[str, Any], first: dict[str, Any]) -> str:
    """Returns one line of the history: when (and how long after the first), the status, its meaning."""
    because = f", reason: {each['reason']}" if each.get("reason") else ""
    when = moment(datetime.fromisoformat(each["at"]), first)
    return f"{when}  {each['status']:<10}  {_MEANING[each['status']]}{because}"


def ending(order: dict[str, Any]) -> str:
    """Returns the states of payment and shipment in one line."""
    payment, shipment = order.get("payment"), order.get("shipment")
    parts = ["no payment" if payment is None else f"payment {payment['status']} {Money(**payment['amount'])}"]
    if shipment is None:
        parts.append("no shipment")
    else:
        number = f" {shipment['trackingNumber']}" if shipment.get("trackingNumber") else ""
        parts.append(f"shipment {shipment['status']}{number}")
    return ", ".join(parts)
