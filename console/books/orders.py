"""Judges one order by all items of its partition. A pure function: it reads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeVar

import msgspec

from console.books.violation import Violation
from ordering.domain.order import Order, Status
from ordering.domain.payment import Payment, PaymentStatus
from ordering.domain.refund import Refund, RefundStatus
from ordering.domain.shipment import Shipment, ShipmentStatus
from ordering.domain.stock import Reservation, ReservationStatus
from ordering.repositories import keys
from ordering.repositories.keys import order_keys

Item = Mapping[str, Any]
R = TypeVar("R", bound=msgspec.Struct)

# In these statuses money is reserved or was taken: at most one payment of an order may have one of them.
_MONEY_IS_HELD = (PaymentStatus.AUTHORISED, PaymentStatus.CAPTURED, PaymentStatus.CAPTURE_REFUSED)


def violations_of_order(items: Sequence[Item]) -> list[Violation]:
    """Returns what is wrong with an order; `items` are those of its partition, in any order."""
    found: list[Violation] = []
    order = _read(items, order_keys.ORDER, Order, found)
    reservation = _read(items, order_keys.RESERVATION, Reservation, found)
    shipment = _read(items, order_keys.SHIPMENT, Shipment, found)
    refund = _read(items, order_keys.REFUND, Refund, found)
    payments = [
        (item, payment)
        for item in items
        if str(item["SK"]).startswith(order_keys.PAYMENT_PREFIX)
        and (payment := _read([item], str(item["SK"]), Payment, found))
    ]
    if found:
        return found
    if order is None:
        if reservation or shipment or payments or refund:
            found.append(Violation(None, keys.text(items[0]), "its order is missing"))
        return found
    (item,) = (each for each in items if each["SK"] == order_keys.ORDER)
    found += _history(order)
    found += _index_entries(item, order)
    found += _stock(order, reservation)
    found += _money(order, [payment for _, payment in payments], refund)
    found += _refund_entry(items, refund)
    found += _shipment(order, shipment)
    for item, payment in payments:
        found += _payment_entry(item, payment, order)
    return found


def _read(items: Sequence[Item], sort_key: str, kind: type[R], found: list[Violation]) -> R | None:
    """Returns the record of a sort key; if it cannot be read, that is added to `found`."""
    item = next((each for each in items if each["SK"] == sort_key), None)
    if item is None:
        return None
    try:
        return msgspec.convert(item, kind)
    except msgspec.ValidationError:
        # The error may quote private data, so it is not shown. `show` prints the reason.
        found.append(Violation(None, keys.text(item), f"it is not a valid {kind.__name__}"))
        return None


def _history(order: Order) -> Iterator[Violation]:
    name = keys.text(order_keys.order(order.order_id))
    statuses = [transition.status for transition in order.history]
    if not statuses or statuses[-1] is not order.status or order.version != len(statuses):
        listed = " → ".join(statuses)
        yield Violation(
            5, name, f"it is {order.status}, version {order.version}, and its history is {listed}"
        )
    if any(not before.may_become(after) for before, after in pairwise(statuses)):
        yield Violation(5, name, f"its history has a transition that does not exist: {' → '.join(statuses)}")
    lines = sum(line.total for line in order.lines)
    if order.subtotal != lines or order.total != lines + order.tax + order.shipping - order.discount:
        yield Violation(7, name, f"its lines cost {lines}, and its total is {order.total}")


def _index_entries(item: Item, order: Order) -> Iterator[Violation]:
    name = keys.text(item)
    listed = order_keys.my_orders(order.customer_id, order.created_at, order.order_id)
    if any(item.get(attribute) != value for attribute, value in listed.items()):
        yield Violation(6, name, "the index of its customer's orders does not list it")
    shard = item.get("GSI2PK")
    if order.status.is_terminal:
        if shard is not None:
            yield Violation(4, name, f"it is {order.status}, and the sweep would drive it")
        return
    # The release that wrote it may have had another number of partitions.
    read = range(keys.READ_SHARDS)
    if shard not in {
        of(number) for of in (order_keys.open_shard, order_keys.parked_shard) for number in read
    }:
        yield Violation(4, name, f"it is {order.status}, and the sweep does not find it")


def _stock(order: Order, reservation: Reservation | None) -> Iterator[Violation]:
    name = keys.text(order_keys.order(order.order_id))
    status = reservation.status if reservation else None
    if status is ReservationStatus.HELD and order.status.is_terminal:
        yield Violation(2, name, f"it is {order.status} and still holds stock")
    if (status is ReservationStatus.COMMITTED) != (order.status is Status.FULFILLED):
        yield Violation(2, name, f"it is {order.status}, and its reservation is {status or 'missing'}")


def _money(order: Order, payments: Sequence[Payment], refund: Refund | None) -> Iterator[Violation]:
    name = keys.text(order_keys.order(order.order_id))
    held = [payment for payment in payments if payment.status in _MONEY_IS_HELD]
    captured = [payment for payment in payments if payment.status is PaymentStatus.CAPTURED]
    refunded = [payment for payment in payments if payment.status is PaymentStatus.REFUNDED]
    if len(held) > 1:
        yield Violation(3, name, f"{len(held)} payments of it are reserved or taken at once")
    for payment in payments:
        if (payment.amount, payment.currency) != (order.total, order.currency):
            yield Violation(3, name, f"payment {payment.attempt} is of {payment.amount} {payment.currency}")
    if refund and order.status is not Status.FULFILLED:
        yield Violation(3, name, f"it is {order.status}, and an operator has it refunded")
    match order.status:
        case Status.FULFILLED if refund and refund.status is RefundStatus.REFUNDED:
            if captured or not any(payment.attempt == refund.attempt for payment in refunded):
                yield Violation(3, name, "its refund is recorded, and its payment is not REFUNDED")
        case Status.FULFILLED if refund:
            # The payment may be recorded as refunded before the refund is.
            if len(captured) + len(refunded) != 1:
                yield Violation(3, name, "it is FULFILLED and not paid")
        case Status.FULFILLED if len(captured) != 1:
            yield Violation(3, name, "it is FULFILLED and not paid")
        case Status.REJECTED | Status.CANCELLED:
            for payment in payments:
                if not payment.status.is_settled:
                    yield Violation(3, name, f"it is {order.status}, its payment {payment.status}")


def _shipment(order: Order, shipment: Shipment | None) -> Iterator[Violation]:
    name = keys.text(order_keys.order(order.order_id))
    status = shipment.status if shipment else None
    if (status is ShipmentStatus.DISPATCHED) != (order.status is Status.FULFILLED):
        yield Violation(3, name, f"it is {order.status}, and its shipment is {status or 'missing'}")
    elif order.status.is_terminal and status not in (
        None,
        ShipmentStatus.DISPATCHED,
        ShipmentStatus.CANCELLED,
    ):
        yield Violation(3, name, f"it is {order.status}, and its shipment is {status}")


def _payment_entry(item: Item, payment: Payment, order: Order) -> Iterator[Violation]:
    paid = payment.status is PaymentStatus.CAPTURED and order.status is Status.FULFILLED
    due = not paid and not payment.status.is_settled
    if due != ("GSI2PK" in item):
        found = "is not found" if due else "is still found"
        yield Violation(4, keys.text(item), f"it is {payment.status} and {found} by the sweep")


def _refund_entry(items: Sequence[Item], refund: Refund | None) -> Iterator[Violation]:
    if refund is None:
        return
    (item,) = (each for each in items if each["SK"] == order_keys.REFUND)
    due = refund.status is RefundStatus.REQUESTED
    if due != ("GSI2PK" in item):
        found = "is not found" if due else "is still found"
        yield Violation(4, keys.text(item), f"it is {refund.status} and {found} by the sweep")
