"""What there is: the items of one order, one shelf, and the books of the two providers.

A `Shop` is a value: an action makes another. Its details are the domain's own `OrderDetails`, so that the
steps of the model decide with the same words as the steps of the code.
"""

from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import Movement, NotEnoughStock, ReservationStatus, Stock
from tests.support import builders

# Another order holds a unit of the same shelf; ours wants one unit, and at first there is none.
OTHERS_HOLD = 1
UNITS_TO_COME = 2


class Page(NamedTuple):
    """One attempt to be paid, in our ledger."""

    payment_id: str
    status: PaymentStatus


Item: TypeAlias = Status | Page | ReservationStatus | ShipmentStatus | None
"""What a step sees of one item; None: it is not there."""

READ_IN_ORDER = ("order", "first payment", "second payment", "reservation", "shipment")
"""The items of an order's partition, by their keys."""


class Shop(NamedTuple):
    """Everything that two steps can both see, and two things that only the promises look at."""

    order: Status = Status.PENDING
    reservation: ReservationStatus | None = None
    stock: Stock = replace(builders.stock(held=OTHERS_HOLD), version=0)
    ledger: tuple[Page, ...] = ()
    """By attempt."""
    books: tuple[tuple[str, PaymentStatus], ...] = ()
    """The payment provider's, by its id. Not there: at most prepared, and no money can have moved."""
    shipment: ShipmentStatus | None = None
    carrier: ShipmentStatus | None = None
    """The carrier's own book."""
    captures: int = 0
    """How often money was taken; two stands for more."""
    astray: str = ""
    """How the order moved as it must not."""

    @property
    def items(self) -> tuple[Item, ...]:
        """What a reading sees, in its order. A payment that the domain does not allow is not among them."""
        first, second, *_ = (*self.ledger, None, None)
        return (self.order, first, second, self.reservation, self.shipment)

    @property
    def story(self) -> OrderDetails:
        """What a step reads that sees everything at one moment."""
        return story_of(self.items)

    def page(self, attempt: int) -> Page | None:
        """Our ledger of an attempt; they count from 1."""
        return self.ledger[attempt - 1] if 0 < attempt <= len(self.ledger) else None

    def with_page(self, attempt: int, page: Page) -> "Shop":
        """The attempt's page written, or written over."""
        return self._replace(ledger=(*self.ledger[: attempt - 1], page, *self.ledger[attempt:]))

    def at_provider(self, payment_id: str) -> PaymentStatus:
        """Where a payment stands in the provider's books."""
        return dict(self.books).get(payment_id, PaymentStatus.PREPARED)

    def provider_has(self, payment_id: str, status: PaymentStatus) -> "Shop":
        """The provider's page turned."""
        return self._replace(books=tuple(sorted((dict(self.books) | {payment_id: status}).items())))

    def money_taken(self, payment_id: str) -> "Shop":
        """The provider's page turned to CAPTURED, and the money counted."""
        taken = self.provider_has(payment_id, PaymentStatus.CAPTURED)
        return taken._replace(captures=min(2, self.captures + 1))

    def moved_to(self, to: Status) -> "Shop":
        """The order moved; if that was a move that the life cycle or good reason forbids, it is noted."""
        return self._replace(order=to, astray=self.astray or self._why_not(to))

    def _why_not(self, to: Status) -> str:
        if not self.order.may_become(to):
            return f"an order that was {self.order} became {to}"
        # A step looked for its reason when it read; this is the moment of the write.
        story = self.story
        if to is Status.REJECTING and not story.reason_to_reject:
            return "an order was rejected for a reason that no longer stood"
        if to is Status.CANCELLING and not (story.may_be_cancelled or story.system_cancel_reason):
            return "an order was cancelled for a reason that no longer stood"
        return ""


def story_of(items: tuple[Item, ...]) -> OrderDetails:
    """The story that a reading of these makes."""
    order, *pages, reservation, shipment = items
    assert isinstance(order, Status)
    return OrderDetails(
        order=builders.order(order),
        reservation=builders.reservation(reservation) if isinstance(reservation, ReservationStatus) else None,
        payments=tuple(
            replace(builders.payment(page.status, attempt=attempt), payment_id=page.payment_id)
            for attempt, page in enumerate(pages, start=1)
            if isinstance(page, Page)
        ),
        shipment=builders.shipment(shipment) if isinstance(shipment, ShipmentStatus) else None,
    )


def as_seen(items: tuple[Item, ...]) -> Shop | None:
    """A shop that would look so; None: a payment is seen whose first attempt was not."""
    story = story_of(items)
    if any(payment.attempt != number for number, payment in enumerate(story.payments, start=1)):
        return None
    return Shop(
        order=story.order.status,
        reservation=story.reservation.status if story.reservation else None,
        ledger=tuple(Page(payment.payment_id, payment.status) for payment in story.payments),
        shipment=story.shipment.status if story.shipment else None,
    )


def after(stock: Stock, movement: Movement, *, enough: bool = True) -> Stock | None:
    """The shelf after one unit moved; None if there is none to move and somebody looks: `enough`."""
    try:
        return replace(stock.move(movement, 1), version=0)
    except NotEnoughStock:
        if enough:
            return None
        moved = {name: getattr(stock, name) + units for name, units in movement._asdict().items()}
        return replace(stock, **moved)
