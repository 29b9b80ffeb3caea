"""Authorise again: after a capture that was refused for good, one more attempt from the start."""

from ordering import guards
from ordering.clock import now
from ordering.gateway import payment_gateway
from ordering.guards import Guard
from ordering.order import Status
from ordering.outcome import Outcome
from ordering.payment import PaymentStatus
from ordering.saga.paying import authorise, open_attempt
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
    """AUTHORISED, CAPTURED, DECLINED, CAPTURE_REFUSED (the attempts are spent) or ORDER_MOVED.

    The refused authorisation is voided first, so that the customer never has two holds, and so that
    no capture of it can come late. A void that finds the money taken after all needs no new attempt.
    """
    payment = story.payment
    if story.order.status is not Status.CONFIRMED or payment is None:
        return Outcome.ORDER_MOVED
    spent = guards.applies(Guard.AGAIN_SPENT, story.attempts_are_spent)
    if payment.status.cannot_be_captured and spent:
        return Outcome.CAPTURE_REFUSED
    if payment.status is PaymentStatus.CAPTURE_REFUSED:
        voided = guards.perform(Guard.AGAIN_VOID, gateway.void, payment.payment_id)
        payment = ledger.record_payment(payment, voided.status, voided.reason, now())
    if payment.status is PaymentStatus.CAPTURED:
        return Outcome.CAPTURED
    if payment.status is PaymentStatus.VOIDED:
        attempt = open_attempt(ledger, gateway, story.order, story.next_attempt)
        if attempt is None:
            return Outcome.ORDER_MOVED
        payment = attempt
    return authorise(ledger, gateway, payment)
