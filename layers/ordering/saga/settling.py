"""Giving money back, by the provider's own books."""

from ordering.domain.clock import now
from ordering.domain.payment import Payment, PaymentStatus
from ordering.providers.payments import PaymentGateway
from ordering.repositories.ledger import Ledger


def settle(ledger: Ledger, gateway: PaymentGateway, payment: Payment) -> Payment:
    """Void the payment, or refund it where it is too late to void; answers the ledger as it is then.

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
    return ledger.record_payment(payment, answer.status, answer.reason, now())
