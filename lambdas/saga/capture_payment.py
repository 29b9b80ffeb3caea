"""Capture payment: take the amount that was authorised."""

from ordering import guards
from ordering.domain.clock import now
from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import PaymentStatus
from ordering.domain.step_outcome import StepOutcome
from ordering.dynamodb.client import Table
from ordering.guards import Guard
from ordering.providers import payment_gateway
from ordering.repositories.ledger import Ledger
from ordering.repositories.orders import Orders
from ordering.saga.step import step

table = Table.of_environment()
ledger = Ledger(table)
gateway = payment_gateway()


@step(Orders(table))
def handler(details: OrderDetails) -> StepOutcome:
    """Returns CAPTURED, CAPTURE_REFUSED (this payment can never be captured) or STALE.

    The check of the order's status only saves a call: it protects no guarantee, because the status may change
    after it. If a late capture competes with the void of a cancellation, the provider decides.
    """
    payment = details.payment
    moved = guards.applies(Guard.CAPTURE_STATUS_READ, details.order.status is not Status.CONFIRMED)
    if moved or payment is None:
        return StepOutcome.STALE
    if payment.status is PaymentStatus.AUTHORISED:
        reported = gateway.capture(payment.payment_id)
        payment = ledger.record_payment(payment, reported.status, reported.reason, now())
    captured = payment.status is PaymentStatus.CAPTURED
    return StepOutcome.CAPTURED if captured else StepOutcome.CAPTURE_REFUSED
