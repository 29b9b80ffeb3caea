"""A payment: one authorisation of one order's total, and its status since."""

from collections.abc import Mapping
from enum import StrEnum

from ordering.domain.base import NonNegative, Positive, Record
from ordering.domain.clock import StoredTime
from ordering.domain.money import StoredCurrency

# After a permanent refusal of the capture (for example an expired authorisation), one new payment is
# attempted.
MAX_PAYMENT_ATTEMPTS = 2


class PaymentStatus(StrEnum):
    """The status of a payment.

    - `PREPARED`: created at the provider; no money has been taken.
    - `AUTHORISED`: the amount is reserved at the provider.
    - `DECLINED`: the authorisation was declined.
    - `CAPTURED`: the customer was charged.
    - `CAPTURE_REFUSED`: the capture was refused; the authorisation has not been voided yet.
    - `VOIDED`: the authorisation was voided; the customer was not charged.
    - `REFUNDED`: the captured amount was refunded.
    """

    PREPARED = "PREPARED"
    AUTHORISED = "AUTHORISED"
    DECLINED = "DECLINED"
    CAPTURED = "CAPTURED"
    CAPTURE_REFUSED = "CAPTURE_REFUSED"
    VOIDED = "VOIDED"
    REFUNDED = "REFUNDED"

    @property
    def is_settled(self) -> bool:
        """Whether no money is reserved or kept: the payment was declined, voided or refunded."""
        return self in (PaymentStatus.DECLINED, PaymentStatus.VOIDED, PaymentStatus.REFUNDED)

    @property
    def cannot_be_captured(self) -> bool:
        """Whether this payment can no longer be captured, so that only a new attempt can succeed."""
        return self in (
            PaymentStatus.DECLINED,
            PaymentStatus.CAPTURE_REFUSED,
            PaymentStatus.VOIDED,
        )

    @property
    def predecessors(self) -> frozenset["PaymentStatus"]:
        """The statuses from which our ledger may move to this one.

        If a step that runs late tries to write an earlier status, the write fails, and the ledger keeps its
        current status.
        """
        return _BEFORE[self]


_BEFORE: Mapping[PaymentStatus, frozenset[PaymentStatus]] = {
    PaymentStatus.PREPARED: frozenset(),
    PaymentStatus.AUTHORISED: frozenset({PaymentStatus.PREPARED}),
    PaymentStatus.DECLINED: frozenset({PaymentStatus.PREPARED}),
    # When a void is requested after a refusal, the provider may report that the capture succeeded after all.
    PaymentStatus.CAPTURED: frozenset(
        {PaymentStatus.PREPARED, PaymentStatus.AUTHORISED, PaymentStatus.CAPTURE_REFUSED}
    ),
    PaymentStatus.CAPTURE_REFUSED: frozenset({PaymentStatus.PREPARED, PaymentStatus.AUTHORISED}),
    PaymentStatus.VOIDED: frozenset(
        {PaymentStatus.PREPARED, PaymentStatus.AUTHORISED, PaymentStatus.CAPTURE_REFUSED}
    ),
    PaymentStatus.REFUNDED: frozenset(
        {
            PaymentStatus.PREPARED,
            PaymentStatus.AUTHORISED,
            PaymentStatus.CAPTURE_REFUSED,
            PaymentStatus.CAPTURED,
        }
    ),
}


class Payment(Record, frozen=True):
    """The ledger entry of one payment attempt. `payment_id` is the provider's; `amount` is in minor units."""

    order_id: str
    attempt: Positive
    payment_id: str
    status: PaymentStatus
    amount: NonNegative
    currency: StoredCurrency
    created_at: StoredTime
    updated_at: StoredTime
    version: Positive
    # The provider's code for a refusal, such as `insufficient_funds`.
    reason: str | None = None


def idempotency_key(order_id: str, attempt: int) -> str:
    """The idempotency key of this attempt at the provider: the same for every retry."""
    return f"{order_id}/{attempt}"
