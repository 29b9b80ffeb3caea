"""A refund: the whole payment of a fulfilled order is given back, because an operator has requested it."""

from enum import StrEnum

from ordering.domain.base import NonNegative, Positive, Record
from ordering.domain.clock import StoredTime
from ordering.domain.money import Money, StoredCurrency


class RefundStatus(StrEnum):
    """The status of a refund.

    - `REQUESTED`: an operator has requested it; the payment provider was perhaps not asked yet.
    - `REFUNDED`: the payment provider has refunded the payment.
    """

    REQUESTED = "REQUESTED"
    REFUNDED = "REFUNDED"


class Refund(Record, frozen=True):
    """The ledger entry of an order's refund. There is at most one, of the whole payment.

    It is a separate entry, and no status of the order: the order remains FULFILLED, because its goods were
    dispatched. `attempt` is the number of the payment that is refunded; `amount` is in minor units.
    """

    order_id: str
    attempt: Positive
    status: RefundStatus
    amount: NonNegative
    currency: StoredCurrency
    created_at: StoredTime
    updated_at: StoredTime
    version: Positive

    @property
    def price(self) -> Money:
        """The amount that is given back."""
        return Money(amount=self.amount, currency=self.currency)
