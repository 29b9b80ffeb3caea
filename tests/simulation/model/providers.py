"""The payment provider and the carrier: what each call may return, and how it changes their records.

They behave as their contracts require (each requirement is an `Assumption`), and otherwise make any decision,
each time again: whether a card is declined, a capture is refused, or an address is served.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ordering.domain.payment import PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from tests.simulation.model.guards import ActiveGuards, Assumption
from tests.simulation.model.shared_state import SharedState

_OPEN = {PaymentStatus.PREPARED, PaymentStatus.AUTHORISED, PaymentStatus.CAPTURE_REFUSED}


class PaymentResponse(NamedTuple):
    """The payment provider's response (None: an error), and the shared state after it."""

    status: PaymentStatus | None
    shared: SharedState


class ShipmentResponse(NamedTuple):
    """The carrier's response, and the shared state after it."""

    status: ShipmentStatus
    shared: SharedState


def prepare(attempt: int) -> Iterator[str]:
    """Yields the id that belongs to the attempt's key, or another one: providers forget a key after about a
    day."""
    yield str(attempt)
    yield f"{attempt}'"


def authorise(shared: SharedState, payment_id: str, guards: ActiveGuards) -> Iterator[PaymentResponse]:
    """Decided once; a repeated call returns the payment's status."""
    current = shared.at_provider(payment_id)
    undecided = (
        current is PaymentStatus.PREPARED
        or (current is PaymentStatus.VOIDED and not guards.has(Assumption.VOID_IS_FINAL))
        or (current is PaymentStatus.DECLINED and not guards.has(Assumption.AUTHORISE_ONCE))
    )
    for status in (PaymentStatus.AUTHORISED, PaymentStatus.DECLINED) if undecided else ():
        yield PaymentResponse(status, shared.provider_has(payment_id, status))
    if not undecided:
        yield PaymentResponse(current, shared)


def capture(shared: SharedState, payment_id: str, guards: ActiveGuards) -> Iterator[PaymentResponse]:
    """Captures an authorised payment, or refuses permanently: an authorisation may have expired."""
    current = shared.at_provider(payment_id)
    if current is PaymentStatus.AUTHORISED or (
        current is PaymentStatus.VOIDED and not guards.has(Assumption.VOID_OR_CAPTURE)
    ):
        yield PaymentResponse(PaymentStatus.CAPTURED, shared.money_taken(payment_id))
        yield PaymentResponse(
            PaymentStatus.CAPTURE_REFUSED, shared.provider_has(payment_id, PaymentStatus.CAPTURE_REFUSED)
        )
    elif current is PaymentStatus.CAPTURED and not guards.has(Assumption.CAPTURE_ONCE):
        yield PaymentResponse(current, shared.money_taken(payment_id))
    else:
        yield PaymentResponse(current, shared)


def void(shared: SharedState, payment_id: str) -> Iterator[PaymentResponse]:
    """Releases the authorisation, unless it is too late.

    The contract requires nothing for a declined payment: the call may fail, or succeed as in the sandbox.
    """
    current = shared.at_provider(payment_id)
    if current in _OPEN:
        yield PaymentResponse(PaymentStatus.VOIDED, shared.provider_has(payment_id, PaymentStatus.VOIDED))
    else:
        yield PaymentResponse(current, shared)
    if current is PaymentStatus.DECLINED:
        yield PaymentResponse(None, shared)


def refund(shared: SharedState, payment_id: str) -> PaymentResponse:
    """Returns the captured amount."""
    if shared.at_provider(payment_id) not in (PaymentStatus.CAPTURED, PaymentStatus.REFUNDED):
        return PaymentResponse(None, shared)
    return PaymentResponse(PaymentStatus.REFUNDED, shared.provider_has(payment_id, PaymentStatus.REFUNDED))


def find(shared: SharedState, payment_id: str) -> PaymentStatus:
    """Returns the payment's status."""
    return shared.at_provider(payment_id)


def spontaneous_changes(shared: SharedState) -> Iterator[tuple[str, SharedState]]:
    """Yields the changes that the provider may make without a call."""
    for payment_id, status in shared.provider_payments:
        if status is PaymentStatus.CAPTURE_REFUSED:
            yield f"the money of payment {payment_id} arrives after all", shared.money_taken(payment_id)


def book(shared: SharedState, guards: ActiveGuards) -> Iterator[ShipmentResponse]:
    """Books, or refuses permanently; a repeated call returns the reference's status."""
    reopened = shared.carrier is ShipmentStatus.CANCELLED and not guards.has(Assumption.CANCEL_IS_FINAL)
    if shared.carrier is None or reopened:
        for status in (ShipmentStatus.BOOKED, ShipmentStatus.REFUSED):
            yield ShipmentResponse(status, shared._replace(carrier=status))
    else:
        yield ShipmentResponse(shared.carrier, shared)


def cancel(shared: SharedState, guards: ActiveGuards) -> ShipmentResponse:
    """Closes the reference, even an unknown one."""
    forgets = shared.carrier is None and not guards.has(Assumption.CANCEL_UNKNOWN)
    return ShipmentResponse(
        ShipmentStatus.CANCELLED, shared if forgets else shared._replace(carrier=ShipmentStatus.CANCELLED)
    )
