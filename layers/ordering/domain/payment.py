"""A payment: one authorisation of one order's total, and what became of it."""

from collections.abc import Mapping
from enum import StrEnum

from ordering.domain.base import Record

# A capture refused for good (an authorisation that expired, say) is tried once more from the start.
MAX_PAYMENT_ATTEMPTS = 2


class PaymentStatus(StrEnum):
    """Where a payment stands, at the provider and in our ledger alike.

    - `PREPARED`: the provider knows of it; no money can have moved.
    - `AUTHORISED`: the provider keeps the money ready.
    - `DECLINED`: it does not.
    - `CAPTURED`: the money was taken.
    - `CAPTURE_REFUSED`: it cannot be taken any more; the authorisation is still to be voided.
    - `VOIDED`: nothing was taken, and nothing is kept ready.
    - `REFUNDED`: what was taken was given back.
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
