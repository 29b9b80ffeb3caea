"""An order's life, as people read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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
# Currencies whose minor unit is not a hundredth (ISO 4217), of those a shop is likely to meet.
_DIGITS = {"JPY": 0, "KRW": 0, "ISK": 0, "BHD": 3, "KWD": 3, "TND": 3}


def money(value: dict[str, Any]) -> str:
    """``{"amount": 4200, "currency": "EUR"}`` (minor units) as ``42.00 EUR``."""
    digits = _DIGITS.get(value["currency"], 2)
    whole, part = divmod(value["amount"], 10**digits)
    number = f"{whole}.{part:0{digits}d}" if digits else str(whole)
    return f"{number} {value['currency']}"


def heading(order: dict[str, Any]) -> str:
    """The order in one line: its id, what is in it, what it costs."""
    lines = ", ".join(f"{line['quantity']} × {line['sku']}" for line in order["lines"])
    return f"order {order['orderId']}: {lines}, {money(order['total'])}"


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
    parts = ["no payment" if payment is None else f"payment {payment['status']} {money(payment['amount'])}"]
    if shipment is None:
        parts.append("no shipment")
    else:
        number = f" {shipment['trackingNumber']}" if shipment.get("trackingNumber") else ""
        parts.append(f"shipment {shipment['status']}{number}")
    return ", ".join(parts)
