"""The payment provider and the carrier: what each call may answer, and what becomes of the books.

They keep the promises of their protocols, each of which is a fence, and nothing beyond them: whether a
card is declined, a capture refused or an address served is theirs to decide, every time anew.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ordering.domain.payment import PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from tests.simulation.model.guards import Fence, Fences
from tests.simulation.model.shop import Shop

_OPEN = {PaymentStatus.PREPARED, PaymentStatus.AUTHORISED, PaymentStatus.CAPTURE_REFUSED}


class Paid(NamedTuple):
    """The payment provider's answer (None: it can only complain), and the shop after it."""

    status: PaymentStatus | None
    shop: Shop


class Sent(NamedTuple):
    """The carrier's answer, and the shop after it."""

    status: ShipmentStatus
    shop: Shop


def prepare(attempt: int) -> Iterator[str]:
    """The id known under the attempt's key, or another: a key is remembered for a day or so, not for ever."""
    yield str(attempt)
    yield f"{attempt}'"


def authorise(shop: Shop, payment_id: str, fences: Fences) -> Iterator[Paid]:
    """Decided once; a repeat is told where the payment stands."""
    stands = shop.at_provider(payment_id)
    undecided = (
        stands is PaymentStatus.PREPARED
        or (stands is PaymentStatus.VOIDED and not fences.stand(Fence.VOID_IS_FINAL))
        or (stands is PaymentStatus.DECLINED and not fences.stand(Fence.AUTHORISE_ONCE))
    )
    for status in (PaymentStatus.AUTHORISED, PaymentStatus.DECLINED) if undecided else ():
        yield Paid(status, shop.provider_has(payment_id, status))
    if not undecided:
        yield Paid(stands, shop)


def capture(shop: Shop, payment_id: str, fences: Fences) -> Iterator[Paid]:
    """Takes the amount of an authorised payment, or refuses for good: an authorisation may have expired."""
    stands = shop.at_provider(payment_id)
    if stands is PaymentStatus.AUTHORISED or (
        stands is PaymentStatus.VOIDED and not fences.stand(Fence.VOID_OR_CAPTURE)
    ):
        yield Paid(PaymentStatus.CAPTURED, shop.money_taken(payment_id))
        yield Paid(
            PaymentStatus.CAPTURE_REFUSED, shop.provider_has(payment_id, PaymentStatus.CAPTURE_REFUSED)
        )
    elif stands is PaymentStatus.CAPTURED and not fences.stand(Fence.CAPTURE_ONCE):
        yield Paid(stands, shop.money_taken(payment_id))
    else:
        yield Paid(stands, shop)


def void(shop: Shop, payment_id: str) -> Iterator[Paid]:
    """Gives the hold up, unless it is too late. Nothing is promised for a declined payment.

    So of that it may complain; or not, as the sandbox.
    """
    stands = shop.at_provider(payment_id)
    if stands in _OPEN:
        yield Paid(PaymentStatus.VOIDED, shop.provider_has(payment_id, PaymentStatus.VOIDED))
    else:
        yield Paid(stands, shop)
    if stands is PaymentStatus.DECLINED:
        yield Paid(None, shop)


def refund(shop: Shop, payment_id: str) -> Paid:
    """Gives back what was taken."""
    if shop.at_provider(payment_id) not in (PaymentStatus.CAPTURED, PaymentStatus.REFUNDED):
        return Paid(None, shop)
    return Paid(PaymentStatus.REFUNDED, shop.provider_has(payment_id, PaymentStatus.REFUNDED))


def find(shop: Shop, payment_id: str) -> PaymentStatus:
    """Reads the page."""
    return shop.at_provider(payment_id)


def on_its_own(shop: Shop) -> Iterator[tuple[str, Shop]]:
    """What the provider may do unasked."""
    for payment_id, status in shop.books:
        if status is PaymentStatus.CAPTURE_REFUSED:
            yield f"the money of payment {payment_id} comes after all", shop.money_taken(payment_id)


def book(shop: Shop, fences: Fences) -> Iterator[Sent]:
    """Books, or refuses for good; a repeat is told where the reference stands."""
    reopened = shop.carrier is ShipmentStatus.CANCELLED and not fences.stand(Fence.CANCEL_IS_FINAL)
    if shop.carrier is None or reopened:
        for status in (ShipmentStatus.BOOKED, ShipmentStatus.REFUSED):
            yield Sent(status, shop._replace(carrier=status))
    else:
        yield Sent(shop.carrier, shop)


def cancel(shop: Shop, fences: Fences) -> Sent:
    """Closes the reference, even one that it does not know."""
    forgets = shop.carrier is None and not fences.stand(Fence.CANCEL_UNKNOWN)
    return Sent(
        ShipmentStatus.CANCELLED, shop if forgets else shop._replace(carrier=ShipmentStatus.CANCELLED)
    )
