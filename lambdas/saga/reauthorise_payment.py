"""Authorise again: after a permanently refused capture, make one new attempt with a new payment."""

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
from ordering.saga.payments import authorise, open_attempt
from ordering.saga.step import step

table = Table.of_environment()
ledger = Ledger(table)
gateway = payment_gateway()


@step(Orders(table))
def handler(details: OrderDetails) -> StepOutcome:
    """Returns AUTHORISED, CAPTURED, DECLINED, CAPTURE_REFUSED (no attempts are left) or STALE.

    The refused authorisation is voided first, so that the customer never has two holds, and so that no late
    capture of it can succeed. If the void shows that the payment was captured, no new attempt is needed.
    """
    payment = details.payment
    if details.order.status is not Status.CONFIRMED or payment is None:
        return StepOutcome.STALE
    spent = guards.applies(Guard.AGAIN_SPENT, details.attempts_are_spent)
    if payment.status.cannot_be_captured and spent:
        return StepOutcome.CAPTURE_REFUSED
    if payment.status is PaymentStatus.CAPTURE_REFUSED:
        voided = guards.perform(Guard.AGAIN_VOID, gateway.void, payment.payment_id)
        payment = ledger.record_payment(payment, voided.status, voided.reason, now())
    if payment.status is PaymentStatus.CAPTURED:
        return StepOutcome.CAPTURED
    if payment.status is PaymentStatus.VOIDED:
        attempt = open_attempt(ledger, gateway, details.order, details.next_attempt)
        if attempt is None:
            return StepOutcome.STALE
        payment = attempt
    return authorise(ledger, gateway, payment)
