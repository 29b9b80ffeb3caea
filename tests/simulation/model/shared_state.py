"""What all executions see: the items of one order, the stock of one product, and the providers' records.

A `SharedState` is immutable: an action returns a new one. Its details are the domain's own `OrderDetails`, so
that the steps of the model decide with the same functions as those of the code.
"""

from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import Movement, NotEnoughStock, ReservationStatus, Stock
from tests.support import builders

# Another order holds one unit of the product; ours needs one unit, and at first none is available.
OTHERS_HOLD = 1
UNITS_TO_COME = 2


class PaymentEntry(NamedTuple):
    """One payment attempt in our ledger."""

    payment_id: str
    status: PaymentStatus


Item: TypeAlias = Status | PaymentEntry | ReservationStatus | ShipmentStatus | None
"""What a step sees of one item; None: the item does not exist."""

READ_IN_ORDER = ("order", "first payment", "second payment", "reservation", "shipment")
"""The items of an order's partition, by their keys."""


class SharedState(NamedTuple):
    """Everything that two steps can both see, and two fields that only the guarantees use."""

    order: Status = Status.PENDING
    reservation: ReservationStatus | None = None
    stock: Stock = replace(builders.stock(held=OTHERS_HOLD), version=0)
    ledger: tuple[PaymentEntry, ...] = ()
    """By attempt."""
    provider_payments: tuple[tuple[str, PaymentStatus], ...] = ()
    """The payment provider's records, by its id. One that is missing is at most prepared, so no money has
    moved."""
    shipment: ShipmentStatus | None = None
    carrier: ShipmentStatus | None = None
    """The carrier's own record."""
    captures: int = 0
    """How often money was captured; 2 means twice or more."""
    illegal_transition: str = ""
    """How the order changed status although it must not."""

    @property
    def items(self) -> tuple[Item, ...]:
        """Returns what a read sees, in its order. A payment attempt that the domain does not allow is left
        out."""
        first, second, *_ = (*self.ledger, None, None)
        return (self.order, first, second, self.reservation, self.shipment)

    @property
    def details(self) -> OrderDetails:
        """Returns the order's details as a read sees them that reads everything at one time."""
        return details_of(self.items)

    def entry(self, attempt: int) -> PaymentEntry | None:
        """Returns the ledger's entry of an attempt; attempts count from 1."""
        return self.ledger[attempt - 1] if 0 < attempt <= len(self.ledger) else None

    def with_entry(self, attempt: int, entry: PaymentEntry) -> "SharedState":
        """Returns the state with the attempt's entry written, or overwritten."""
        return self._replace(ledger=(*self.ledger[: attempt - 1], entry, *self.ledger[attempt:]))

    def at_provider(self, payment_id: str) -> PaymentStatus:
        """Returns the status of a payment in the provider's records."""
        return dict(self.provider_payments).get(payment_id, PaymentStatus.PREPARED)

    def provider_has(self, payment_id: str, status: PaymentStatus) -> "SharedState":
        """Returns the state with this status in the provider's records."""
        return self._replace(
            provider_payments=tuple(sorted((dict(self.provider_payments) | {payment_id: status}).items()))
        )

    def money_taken(self, payment_id: str) -> "SharedState":
        """Returns the state with CAPTURED in the provider's records, and the capture counted."""
        taken = self.provider_has(payment_id, PaymentStatus.CAPTURED)
        return taken._replace(captures=min(2, self.captures + 1))

    def moved_to(self, to: Status) -> "SharedState":
        """Returns the state with the order's new status. If the life cycle or the reason forbids it, that is
        noted."""
        return self._replace(order=to, illegal_transition=self.illegal_transition or self._why_not(to))

    def _why_not(self, to: Status) -> str:
        if not self.order.may_become(to):
            return f"an order that was {self.order} became {to}"
        # The step has found its reason during its read; this is its write.
        details = self.details
        if to is Status.REJECTING and not details.reason_to_reject:
            return "an order was rejected for a reason that was no longer true"
        if to is Status.CANCELLING and not (details.may_be_cancelled or details.system_cancel_reason):
            return "an order was cancelled for a reason that was no longer true"
        return ""


def details_of(items: tuple[Item, ...]) -> OrderDetails:
    """Returns the details that a read of these items makes."""
    order, *entries, reservation, shipment = items
    assert isinstance(order, Status)
    return OrderDetails(
        order=builders.order(order),
        reservation=builders.reservation(reservation) if isinstance(reservation, ReservationStatus) else None,
        payments=tuple(
            replace(builders.payment(entry.status, attempt=attempt), payment_id=entry.payment_id)
            for attempt, entry in enumerate(entries, start=1)
            if isinstance(entry, PaymentEntry)
        ),
        shipment=builders.shipment(shipment) if isinstance(shipment, ShipmentStatus) else None,
    )


def as_seen(items: tuple[Item, ...]) -> SharedState | None:
    """Returns a shared state in which a read sees these items; None if a payment is seen without its first
    attempt."""
    details = details_of(items)
    if any(payment.attempt != number for number, payment in enumerate(details.payments, start=1)):
        return None
    return SharedState(
        order=details.order.status,
        reservation=details.reservation.status if details.reservation else None,
        ledger=tuple(PaymentEntry(payment.payment_id, payment.status) for payment in details.payments),
        shipment=details.shipment.status if details.shipment else None,
    )


def after(stock: Stock, movement: Movement, *, enough: bool = True) -> Stock | None:
    """Returns the stock after one unit moved. None: there is none to move, and `enough` requires it."""
    try:
        return replace(stock.move(movement, 1), version=0)
    except NotEnoughStock:
        if enough:
            return None
        moved = {name: getattr(stock, name) + units for name, units in movement._asdict().items()}
        return replace(stock, **moved)
