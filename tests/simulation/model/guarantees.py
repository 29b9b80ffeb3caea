"""What the design promises of one order, in every state that can be reached and not only at its end."""

from collections.abc import Iterator
from enum import StrEnum

from ordering.domain.order import Status
from ordering.domain.payment import MAX_PAYMENT_ATTEMPTS, PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import ReservationStatus
from tests.simulation.model.shop import OTHERS_HOLD, Shop

_OPEN = (PaymentStatus.AUTHORISED, PaymentStatus.CAPTURE_REFUSED)


class Guarantee(StrEnum):
    """By the design's number, where it has one."""

    STOCK = "2. Stock adds up, none of it is negative, and an order that has ended holds nothing"
    CHARGED_ONCE = "3. Money is taken once at most, over all attempts"
    FULFILLED = "3. FULFILLED means captured and dispatched"
    GIVEN_BACK = "3. REJECTED or CANCELLED means nothing kept, no authorisation open, no booking"
    AN_END = "4. Every order can be driven to its end"
    LIFE_CYCLE = "The order moves only as its life cycle says, and for a reason that stands"


def broken(shop: Shop) -> frozenset[Guarantee]:
    """The promises that this moment breaks. Whether there is an end ahead, `ends` tells."""
    return frozenset(_broken(shop))


def _broken(shop: Shop) -> Iterator[Guarantee]:
    holds = shop.reservation is ReservationStatus.HELD
    if not shop.stock.balances or shop.stock.held != OTHERS_HOLD + holds:
        yield Guarantee.STOCK
    if shop.order.is_terminal and holds:
        yield Guarantee.STOCK
    if shop.captures > 1:
        yield Guarantee.CHARGED_ONCE
    if shop.astray:
        yield Guarantee.LIFE_CYCLE
    if len(shop.ledger) > MAX_PAYMENT_ATTEMPTS:
        # An order that may try for ever has no end.
        yield Guarantee.AN_END
    if shop.order is Status.FULFILLED and not _is_fulfilled(shop):
        yield Guarantee.FULFILLED
    if shop.order in (Status.REJECTED, Status.CANCELLED) and not _is_given_back(shop):
        yield Guarantee.GIVEN_BACK


def _is_fulfilled(shop: Shop) -> bool:
    """One payment captured, the others settled, the goods on their way; and our ledgers say the same."""
    paid = [shop.at_provider(page.payment_id) for page in shop.ledger]
    return (
        paid.count(PaymentStatus.CAPTURED) == 1
        and [page.status for page in shop.ledger].count(PaymentStatus.CAPTURED) == 1
        and all(page.status.is_settled or page.status is PaymentStatus.CAPTURED for page in shop.ledger)
        and not any(status in _OPEN for _, status in shop.books)
        and shop.shipment is ShipmentStatus.DISPATCHED
        and shop.carrier is ShipmentStatus.BOOKED
    )


def _is_given_back(shop: Shop) -> bool:
    """Nothing taken or held by any payment that the provider knows, noted or not; nothing booked."""
    return (
        not any(status in (*_OPEN, PaymentStatus.CAPTURED) for _, status in shop.books)
        and all(page.status.is_settled for page in shop.ledger)
        and shop.shipment in (None, ShipmentStatus.CANCELLED)
        and shop.carrier is not ShipmentStatus.BOOKED
    )
