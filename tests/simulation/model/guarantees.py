"""What must hold for one order in every state that can be reached, not only at its end."""

from collections.abc import Iterator
from enum import StrEnum

from ordering.domain.order import Status
from ordering.domain.payment import MAX_PAYMENT_ATTEMPTS, PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import ReservationStatus
from tests.simulation.model.shared_state import OTHERS_HOLD, SharedState

_OPEN = (PaymentStatus.AUTHORISED, PaymentStatus.CAPTURE_REFUSED)


class Guarantee(StrEnum):
    """The guarantees, with their numbers in docs/architecture.md where they have one."""

    STOCK = "2. Stock adds up, none of it is negative, and an order that has ended holds nothing"
    CHARGED_ONCE = "3. Money is captured at most once, over all attempts"
    FULFILLED = "3. FULFILLED means captured and dispatched"
    GIVEN_BACK = "3. REJECTED or CANCELLED means no money kept, no open authorisation, no booking"
    AN_END = "4. Every order can be driven to its end"
    LIFE_CYCLE = "The order changes status only as its life cycle allows, and for a reason that is still true"


def broken(shared: SharedState) -> frozenset[Guarantee]:
    """Returns the guarantees that this shared state violates. Whether an end can be reached is checked by
    `ends`."""
    return frozenset(_broken(shared))


def _broken(shared: SharedState) -> Iterator[Guarantee]:
    holds = shared.reservation is ReservationStatus.HELD
    if not shared.stock.balances or shared.stock.held != OTHERS_HOLD + holds:
        yield Guarantee.STOCK
    if shared.order.is_terminal and holds:
        yield Guarantee.STOCK
    if shared.captures > 1:
        yield Guarantee.CHARGED_ONCE
    if shared.illegal_transition:
        yield Guarantee.LIFE_CYCLE
    if len(shared.ledger) > MAX_PAYMENT_ATTEMPTS:
        # An order that may retry without limit has no end.
        yield Guarantee.AN_END
    if shared.order is Status.FULFILLED and not _is_fulfilled(shared):
        yield Guarantee.FULFILLED
    if shared.order in (Status.REJECTED, Status.CANCELLED) and not _is_given_back(shared):
        yield Guarantee.GIVEN_BACK


def _is_fulfilled(shared: SharedState) -> bool:
    """Returns whether one payment is captured, the others settled, the goods dispatched, and the ledgers
    agree."""
    paid = [shared.at_provider(entry.payment_id) for entry in shared.ledger]
    return (
        paid.count(PaymentStatus.CAPTURED) == 1
        and [entry.status for entry in shared.ledger].count(PaymentStatus.CAPTURED) == 1
        and all(entry.status.is_settled or entry.status is PaymentStatus.CAPTURED for entry in shared.ledger)
        and not any(status in _OPEN for _, status in shared.provider_payments)
        and shared.shipment is ShipmentStatus.DISPATCHED
        and shared.carrier is ShipmentStatus.BOOKED
    )


def _is_given_back(shared: SharedState) -> bool:
    """Returns whether no payment known to the provider is held or captured, and no shipment is booked."""
    return (
        not any(status in (*_OPEN, PaymentStatus.CAPTURED) for _, status in shared.provider_payments)
        and all(entry.status.is_settled for entry in shared.ledger)
        and shared.shipment in (None, ShipmentStatus.CANCELLED)
        and shared.carrier is not ShipmentStatus.BOOKED
    )
