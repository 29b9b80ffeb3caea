"""Void or refund payment: the customer gets back whatever was held or taken."""

from ordering.clock import now
from ordering.gateway import payment_gateway
from ordering.outcome import Outcome
from ordering.payment import Payment, PaymentStatus
from ordering.saga.step import step
from ordering.story import Story
from ordering.table.client import Table
from ordering.table.ledger import Ledger
from ordering.table.orders import Orders

table = Table.of_environment()
ledger = Ledger(table)
gateway = payment_gateway()


@step(Orders(table))
def handler(story: Story) -> Outcome:
    """SETTLED or ORDER_MOVED."""
    if not story.order.status.is_compensating:
        return Outcome.ORDER_MOVED
    for payment in story.payments:
        if not payment.status.is_settled:
            settle(payment)
    return Outcome.SETTLED


def settle(payment: Payment) -> None:
    """Void the payment, or refund it where it is too late to void.

    Our ledger may be behind the provider: a step may have died between asking and noting. So what is
    done follows from the provider's answers, and a payment that is merely PREPARED here is looked up
    first, since it may have been declined.
    """
    answer = (
        gateway.find(payment.payment_id)
        if payment.status is PaymentStatus.PREPARED
        else gateway.void(payment.payment_id)
    )
    if not answer.status.is_settled and answer.status is not PaymentStatus.CAPTURED:
        answer = gateway.void(payment.payment_id)
    if answer.status is PaymentStatus.CAPTURED:
        answer = gateway.refund(payment.payment_id)
    ledger.record_payment(payment, answer.status, answer.reason, now())
