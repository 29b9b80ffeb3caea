"""One attempt to have an order's total authorised, shared by the first attempt and the second."""

from ordering.domain.clock import now
from ordering.domain.order import Order
from ordering.domain.payment import Payment, PaymentStatus, idempotency_key
from ordering.domain.step_outcome import StepOutcome
from ordering.providers.faults import GatewayTimeout
from ordering.providers.payments import PaymentGateway
from ordering.repositories.ledger import Ledger

_OUTCOMES = {
    PaymentStatus.AUTHORISED: StepOutcome.AUTHORISED,
    PaymentStatus.CAPTURED: StepOutcome.AUTHORISED,
    PaymentStatus.DECLINED: StepOutcome.DECLINED,
}


def open_attempt(ledger: Ledger, gateway: PaymentGateway, order: Order, attempt: int) -> Payment | None:
    """Have the provider prepare the attempt and note the id it gave; None: the order moved.

    Preparing moves no money, so a step that dies in between leaves nothing but an unused id. Of two
    that race, the first to write wins, and both go on with its id.
    """
    if order.payment_token is None:
        return None
    payment_id = gateway.prepare(
        key=idempotency_key(order.order_id, attempt), token=order.payment_token, price=order.price
    )
    return ledger.open_payment(order, attempt, payment_id, now())


def authorise(ledger: Ledger, gateway: PaymentGateway, payment: Payment) -> StepOutcome:
    """Have a prepared payment authorised, and note the answer: AUTHORISED, DECLINED or STALE.

    After a lost answer the provider is asked where the payment stands: it may well have been taken.
    A payment that is neither authorised nor declined by then was voided, because the order moved.
    """
    if payment.status is PaymentStatus.PREPARED:
        try:
            answer = gateway.authorise(payment.payment_id)
        except GatewayTimeout:
            answer = gateway.find(payment.payment_id)
            if answer.status is PaymentStatus.PREPARED:
                raise
        payment = ledger.record_payment(payment, answer.status, answer.reason, now())
    return _OUTCOMES.get(payment.status, StepOutcome.STALE)
