"""Capture payment: take the amount that was authorised."""

from ordering import guards
from ordering.clock import now
from ordering.gateway import payment_gateway
from ordering.guards import Guard
from ordering.order import Status
from ordering.outcome import Outcome
from ordering.payment import PaymentStatus
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
    """CAPTURED, CAPTURE_REFUSED (this payment will not bring the money) or ORDER_MOVED.

    The order's status keeps no guarantee here: it may change behind our back. The provider decides between
    a capture that comes late and the void of a cancellation, and whatever it took is in its books.
    """
    payment = story.payment
    moved = guards.applies(Guard.CAPTURE_STATUS_READ, story.order.status is not Status.CONFIRMED)
    if moved or payment is None:
        return Outcome.ORDER_MOVED
    if payment.status is PaymentStatus.AUTHORISED:
        answer = gateway.capture(payment.payment_id)
        payment = ledger.record_payment(payment, answer.status, answer.reason, now())
    captured = payment.status is PaymentStatus.CAPTURED
    return Outcome.CAPTURED if captured else Outcome.CAPTURE_REFUSED
