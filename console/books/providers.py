"""Judges the money and the goods of one order by the records of the sandbox providers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.books.violation import Violation

Item = Mapping[str, Any]


@dataclass(frozen=True)
class ProviderMoney:
    """What was done about the money and the goods of one order, by the providers' records and the table."""

    captured: int
    """In minor units, like `refunded`."""
    refunded: int
    authorised: int
    """How many authorisations are open. A refused capture leaves its authorisation open."""
    taken: int
    """How many payments are captured and not refunded."""
    refund: str | None
    """The status of the refund that an operator requested."""
    shipment: str | None
    booked: bool
    """Whether the carrier has a booking."""


def money_of(order_id: str, own: Mapping[str, str], records: Sequence[Item]) -> ProviderMoney:
    """Returns the money of an order.

    `own` has the statuses of its shipment and its refund by their sort keys; `records` may contain those of
    other orders.
    """
    payments = [record for record in records if str(record.get("key", "")).startswith(f"{order_id}/")]
    statuses = [payment["status"] for payment in payments]
    return ProviderMoney(
        captured=sum(payment["captured"] for payment in payments),
        refunded=sum(payment["refunded"] for payment in payments),
        authorised=sum(status in ("AUTHORISED", "CAPTURE_REFUSED") for status in statuses),
        taken=statuses.count("CAPTURED"),
        refund=own.get("REFUND"),
        shipment=own.get("SHIPMENT"),
        booked=any(
            record["PK"] == f"SHIPMENT#{order_id}" and record["status"] == "BOOKED" for record in records
        ),
    )


def violations_of_money(order: Item, money: ProviderMoney) -> Iterator[Violation]:
    """Yields what is wrong with the money and the goods of an order, whatever its status."""
    name = f"order {order['orderId']}"
    if money.authorised + money.taken > 1:
        yield Violation(3, name, "has more than one payment held or taken at once")
    if money.captured not in (0, order["total"]):
        yield Violation(3, name, f"of {order['total']} was charged {money.captured}")
    if money.refunded > money.captured:
        yield Violation(3, name, f"was refunded {money.refunded} of {money.captured}")
    if money.refund and order["status"] != "FULFILLED":
        yield Violation(3, name, f"is {order['status']}, and an operator has it refunded")
    match order["status"]:
        case "FULFILLED":
            for what in _fulfilled(order, money):
                yield Violation(3, name, what)
        case "REJECTED" | "CANCELLED" as status:
            for what in _undone(money):
                yield Violation(3, name, f"is {status} {what}")
        case _ if money.shipment == "DISPATCHED":
            yield Violation(3, name, "was dispatched before it was fulfilled")


def _fulfilled(order: Item, money: ProviderMoney) -> Iterator[str]:
    if money.captured != order["total"]:
        yield "is fulfilled and not paid"
    if money.refunded and not money.refund:
        yield "is fulfilled and refunded, which no operator has requested"
    if money.refund == "REFUNDED" and money.refunded != money.captured:
        yield f"is recorded as refunded, and {money.captured - money.refunded} is kept"
    if money.shipment != "DISPATCHED":
        yield f"is fulfilled and its shipment is {money.shipment}"
    if not money.booked:
        yield "is fulfilled and the carrier has no booking"


def _undone(money: ProviderMoney) -> Iterator[str]:
    if money.captured != money.refunded:
        yield f"and {money.captured - money.refunded} is kept"
    if money.authorised:
        yield "with an open authorisation"
    if money.shipment not in (None, "CANCELLED"):
        yield f"and its shipment is {money.shipment}"
    if money.booked:
        yield "and the carrier has a booking"
