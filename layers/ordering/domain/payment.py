"""A payment: one authorisation of one order's total, and what became of it."""

from collections.abc import Mapping
from enum import StrEnum

from ordering.domain.base import Record

# A capture refused for good (an authorisation that expired, say) is tried once more from the start.
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
        """Whether nothing of it is owed to anybody: not authorised, not captured, or given back."""
        return self in (PaymentStatus.DECLINED, PaymentStatus.VOIDED, PaymentStatus.REFUNDED)

    @property
    def cannot_be_captured(self) -> bool:
        """Whether this payment will never bring money, so that only another attempt can."""
        return self in (
            PaymentStatus.DECLINED,
            PaymentStatus.CAPTURE_REFUSED,
            PaymentStatus.VOIDED,
        )

    @property
    def predecessors(self) -> frozenset["PaymentStatus"]:
        """The statuses from which our ledger may move to this one.

        A step that comes late tries to write what it learnt earlier; the write fails, and what the
        ledger says by then stands.
        """
        return _BEFORE[self]


_BEFORE: Mapping[PaymentStatus, frozenset[PaymentStatus]] = {
    PaymentStatus.PREPARED: frozenset(),
    PaymentStatus.AUTHORISED: frozenset({PaymentStatus.PREPARED}),
    PaymentStatus.DECLINED: frozenset({PaymentStatus.PREPARED}),
    # A provider may find, when asked to void after a refusal, that the money came after all.
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
    """Our ledger of one attempt to be paid. `payment_id` is the provider's; `amount` is in minor units."""

    order_id: str
    attempt: int
    payment_id: str
    status: PaymentStatus
    amount: int
    currency: str
    created_at: str
    updated_at: str
    version: int
    # The provider's word for a refusal: `insufficient_funds`.
    reason: str | None = None


def idempotency_key(order_id: str, attempt: int) -> str:
    """The key under which the provider knows this attempt, the same however often it is asked."""
    return f"{order_id}/{attempt}"
