"""Payments of an order at the provider: an attempt to authorise the total, and giving money back."""

from ordering import guards
from ordering.domain.clock import now
from ordering.domain.order import Order
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import Payment, PaymentStatus, idempotency_key
from ordering.domain.refund import RefundStatus
from ordering.domain.step_outcome import StepOutcome
from ordering.guards import Guard
from ordering.providers.faults import GatewayTimeout
from ordering.providers.payments import PaymentGateway
from ordering.repositories.ledger import Ledger
from ordering.repositories.refunds import Refunds

_OUTCOMES = {
    PaymentStatus.AUTHORISED: StepOutcome.AUTHORISED,
    PaymentStatus.CAPTURED: StepOutcome.AUTHORISED,
    PaymentStatus.DECLINED: StepOutcome.DECLINED,
}


class RefundRefused(Exception):
    """The payment provider did not refund a captured payment."""


def open_attempt(ledger: Ledger, gateway: PaymentGateway, order: Order, attempt: int) -> Payment | None:
    """Have the provider prepare a payment, and record its id. Returns None if the order has changed.

    Preparing moves no money, so a step that dies between the two leaves only an unused id. Of two concurrent
    executions, the first one to record its id wins, and both continue with that id.
    """
    if order.payment_token is None:
        return None
    payment_id = gateway.prepare(
        key=idempotency_key(order.order_id, attempt), token=order.payment_token, price=order.price
    )
    return guards.perform(Guard.OPEN_FIRST, ledger.open_payment, order, attempt, payment_id, now())


def authorise(ledger: Ledger, gateway: PaymentGateway, payment: Payment) -> StepOutcome:
    """Have a prepared payment authorised, and record the result. Returns AUTHORISED, DECLINED or STALE.

    After a time-out, the provider is asked for the payment's status, because it may have been authorised.
    A payment that is neither authorised nor declined was voided, because the order has changed.
    """
    if payment.status is PaymentStatus.PREPARED:
        try:
            reported = gateway.authorise(payment.payment_id)
        except GatewayTimeout:
            reported = guards.perform(Guard.AUTHORISE_FIND, gateway.find, payment.payment_id)
            if reported.status is PaymentStatus.PREPARED:
                raise
        payment = ledger.record_payment(payment, reported.status, reported.reason, now())
    return _OUTCOMES.get(payment.status, StepOutcome.STALE)


def settle(ledger: Ledger, gateway: PaymentGateway, payment: Payment) -> Payment:
    """Void the payment, or refund it if it is too late to void. Returns the updated payment.

    Our ledger may be behind the provider, because a step may have died between calling the provider and
    recording the result. So the provider's responses decide what is done. A payment that is PREPARED in our
    ledger is looked up first, because the provider may have declined it.
    """
    reported = (
        guards.perform(Guard.UNDO_FIND, gateway.find, payment.payment_id)
        if payment.status is PaymentStatus.PREPARED
        else gateway.void(payment.payment_id)
    )
    if not reported.status.is_settled and reported.status is not PaymentStatus.CAPTURED:
        reported = gateway.void(payment.payment_id)
    if reported.status is PaymentStatus.CAPTURED:
        reported = guards.perform(Guard.UNDO_REFUND, gateway.refund, payment.payment_id)
    return ledger.record_payment(payment, reported.status, reported.reason, now())


def make_refund(refunds: Refunds, gateway: PaymentGateway, details: OrderDetails) -> bool:
    """Refund the payment that an operator has asked to be refunded, and record it.

    Returns whether there was a refund to make. Raises RefundRefused if the provider refuses.
    """
    refund = details.refund
    if refund is None or refund.status is not RefundStatus.REQUESTED:
        return False
    payment = next(each for each in details.payments if each.attempt == refund.attempt)
    if payment.status is not PaymentStatus.REFUNDED:
        reported = guards.perform(Guard.REFUND_PROVIDER, gateway.refund, payment.payment_id)
        if reported.status is not PaymentStatus.REFUNDED:
            raise RefundRefused(f"the payment is {reported.status}, reason: {reported.reason}")
    refunds.complete(refund, payment, now())
    return True
