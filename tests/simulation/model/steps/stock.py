"""Reserve stock and Release stock."""

from collections.abc import Iterable

from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.step_outcome import StepOutcome
from ordering.domain.stock import HOLD, RELEASE, ReservationStatus
from tests.simulation.model.guards import Fence, Fences
from tests.simulation.model.shop import Shop, after
from tests.simulation.model.steps.action import FAULT, Action, Effect, Then


def plan_reserve(story: OrderDetails, action: Action, fences: Fences) -> Then:
    """As `lambdas/saga/reserve_stock.py`."""
    if story.order.status is not Status.PENDING:
        return StepOutcome.STALE
    return StepOutcome.RESERVED if story.reservation else action._replace(does=reserve)


def reserve(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The transaction, and how its cancellation is read."""
    stands = fences.allow(Fence.RESERVE_ORDER, shop.order is Status.PENDING)
    absent = fences.allow(Fence.RESERVE_ABSENT, shop.reservation is None)
    stock = after(shop.stock, HOLD, enough=fences.stand(Fence.RESERVE_ENOUGH))
    if stands and absent and stock:
        held = shop._replace(reservation=ReservationStatus.HELD, stock=stock)
        yield Effect("holds a unit", held, StepOutcome.RESERVED)
    # Each condition that fails may be the only one that is told.
    if not stands:
        yield Effect("the order has moved", shop, StepOutcome.STALE, told="order")
    if not absent:
        yield Effect("there is a reservation already", shop, StepOutcome.RESERVED, told="reservation")
    if stock is None:
        then = action._replace(does=look) if fences.stand(Fence.RESERVE_LOOK) else StepOutcome.OUT_OF_STOCK
        yield Effect("finds the shelf empty", shop, then, told="stock")


def look(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The reservation is read before an order is told that there is no stock."""
    outcome = StepOutcome.RESERVED if shop.reservation else StepOutcome.OUT_OF_STOCK
    yield Effect(f"looks for a reservation, and answers {outcome}", shop, outcome)


def plan_release(story: OrderDetails, action: Action, fences: Fences) -> Then:
    """As `lambdas/saga/release_stock.py`."""
    if not fences.allow(Fence.UNDO_STATUS, story.order.status.is_compensating):
        return StepOutcome.STALE
    held = story.reservation is not None and story.reservation.status is ReservationStatus.HELD
    return action._replace(does=release) if held else StepOutcome.SETTLED


def release(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The transaction: only what is HELD is given back."""
    held = fences.allow(Fence.RELEASE_HELD, shop.reservation is ReservationStatus.HELD)
    stock = after(shop.stock, RELEASE, enough=fences.stand(Fence.RELEASE_ENOUGH))
    if not held:
        yield Effect("finds nothing held", shop, StepOutcome.SETTLED, told="reservation")
    if stock is None:
        yield Effect("finds nothing held on the shelf", shop, FAULT, told="stock")
    if held and stock:
        released = shop._replace(reservation=ReservationStatus.RELEASED, stock=stock)
        yield Effect("gives the unit back", released, StepOutcome.SETTLED)
