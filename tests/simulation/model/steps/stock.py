"""Reserve stock and Release stock."""

from collections.abc import Iterable

from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.step_outcome import StepOutcome
from ordering.domain.stock import HOLD, RELEASE, ReservationStatus
from ordering.guards import Guard
from tests.simulation.model.guards import ActiveGuards
from tests.simulation.model.shared_state import SharedState, after
from tests.simulation.model.steps.action import FAULT, Action, Effect, Then


def plan_reserve(details: OrderDetails, action: Action, guards: ActiveGuards) -> Then:
    """As `lambdas/saga/reserve_stock.py`."""
    if details.order.status is not Status.PENDING:
        return StepOutcome.STALE
    return StepOutcome.RESERVED if details.reservation else action._replace(does=reserve)


def reserve(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The transaction, and how its cancellation is interpreted."""
    met = guards.passes(Guard.RESERVE_ORDER, shared.order is Status.PENDING)
    absent = guards.passes(Guard.RESERVE_ABSENT, shared.reservation is None)
    stock = after(shared.stock, HOLD, enough=guards.has(Guard.RESERVE_ENOUGH))
    if met and absent and stock:
        held = shared._replace(reservation=ReservationStatus.HELD, stock=stock)
        yield Effect("holds a unit", held, StepOutcome.RESERVED)
    # DynamoDB may report only one of several failed conditions.
    if not met:
        yield Effect("the order has changed", shared, StepOutcome.STALE, reported="order")
    if not absent:
        yield Effect("there is a reservation already", shared, StepOutcome.RESERVED, reported="reservation")
    if stock is None:
        then = action._replace(does=look) if guards.has(Guard.RESERVE_LOOK) else StepOutcome.OUT_OF_STOCK
        yield Effect("finds too little stock", shared, then, reported="stock")


def look(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The reservation is read before the order is found to be out of stock."""
    outcome = StepOutcome.RESERVED if shared.reservation else StepOutcome.OUT_OF_STOCK
    yield Effect(f"looks for a reservation, and returns {outcome}", shared, outcome)


def plan_release(details: OrderDetails, action: Action, guards: ActiveGuards) -> Then:
    """As `lambdas/saga/release_stock.py`."""
    if not guards.passes(Guard.UNDO_STATUS, details.order.status.is_compensating):
        return StepOutcome.STALE
    held = details.reservation is not None and details.reservation.status is ReservationStatus.HELD
    return action._replace(does=release) if held else StepOutcome.SETTLED


def release(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The transaction: only what is HELD is released."""
    held = guards.passes(Guard.RELEASE_HELD, shared.reservation is ReservationStatus.HELD)
    stock = after(shared.stock, RELEASE, enough=guards.has(Guard.RELEASE_ENOUGH))
    if not held:
        yield Effect("finds nothing held", shared, StepOutcome.SETTLED, reported="reservation")
    if stock is None:
        yield Effect("finds no held units in the stock", shared, FAULT, reported="stock")
    if held and stock:
        released = shared._replace(reservation=ReservationStatus.RELEASED, stock=stock)
        yield Effect("releases the unit", released, StepOutcome.SETTLED)
