"""An order's details: the order, its ledger entries and its address, and the decisions that follow from them.

The saga decides by these details, never by the output of an earlier step: a step may run late, or twice.
"""

from msgspec import Struct

from ordering import guards
from ordering.domain.order import Order, Reason, Status
from ordering.domain.payment import MAX_PAYMENT_ATTEMPTS, Payment, PaymentStatus
from ordering.domain.refund import Refund
from ordering.domain.shipment import Address, Shipment, ShipmentStatus
from ordering.domain.stock import Reservation
from ordering.guards import Guard


class OrderDetails(Struct, frozen=True, kw_only=True):
    """One order with its reservation, its payments by attempt, its shipment, its address and its refund."""

    order: Order
    reservation: Reservation | None = None
    payments: tuple[Payment, ...] = ()
    shipment: Shipment | None = None
    address: Address | None = None
    refund: Refund | None = None

    @property
    def payment(self) -> Payment | None:
        """The latest payment attempt."""
        return self.payments[-1] if self.payments else None

    @property
    def next_attempt(self) -> int:
        """The number of the next payment attempt."""
        return len(self.payments) + 1

    @property
    def attempts_are_spent(self) -> bool:
        """Whether no further payment attempt is allowed."""
        return len(self.payments) >= MAX_PAYMENT_ATTEMPTS

    @property
    def may_be_cancelled(self) -> bool:
        """Whether the customer may still cancel the order: until the carrier has been asked."""
        asked = guards.applies(Guard.CANCEL_SHIPMENT_READ, self.shipment is not None)
        return self.order.status is Status.PENDING or (self.order.status is Status.CONFIRMED and not asked)

    @property
    def reason_to_reject(self) -> Reason | None:
        """Why this PENDING order cannot be confirmed; None if it can still be confirmed."""
        if self.order.status is not Status.PENDING:
            return None
        if self.payment and self.payment.status is PaymentStatus.DECLINED:
            return Reason.PAYMENT_DECLINED
        if self.reservation is None:
            return Reason.OUT_OF_STOCK
        return None

    @property
    def system_cancel_reason(self) -> Reason | None:
        """Why the saga must cancel this CONFIRMED order; None if it can still be fulfilled."""
        if self.order.status is not Status.CONFIRMED:
            return None
        if self.shipment and self.shipment.status is ShipmentStatus.REFUSED:
            return Reason.SHIPMENT_REFUSED
        if self.payment and self.payment.status is PaymentStatus.DECLINED:
            return Reason.PAYMENT_DECLINED
        if self.payment and self.payment.status.cannot_be_captured and self.attempts_are_spent:
            return Reason.CAPTURE_REFUSED
        return None
