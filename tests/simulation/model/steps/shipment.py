"""Book shipment and Cancel shipment."""

from collections.abc import Iterable

from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.step_outcome import StepOutcome
from ordering.guards import Guard
from tests.simulation.model import providers
from tests.simulation.model.guards import ActiveGuards
from tests.simulation.model.shared_state import SharedState
from tests.simulation.model.steps.action import FAULT, Action, Effect, Then
from tests.simulation.model.steps.ledger import note_shipment

_OUTCOMES = {
    ShipmentStatus.BOOKED: StepOutcome.BOOKED,
    ShipmentStatus.REFUSED: StepOutcome.SHIPMENT_REFUSED,
}


def plan_book(details: OrderDetails, action: Action, guards: ActiveGuards) -> Then:
    """As `lambdas/saga/book_shipment.py`."""
    if details.order.status is not Status.CONFIRMED:
        return StepOutcome.STALE
    if details.shipment is None:
        return action._replace(does=intend if guards.has(Guard.INTEND_FIRST) else book)
    return _booking(action, details.shipment.status)


def intend(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The transaction that records the intention while the order is CONFIRMED."""
    met = guards.passes(Guard.INTEND_ORDER, shared.order is Status.CONFIRMED)
    absent = shared.shipment is None or not guards.has(Guard.INTEND_ABSENT)
    # DynamoDB may report only one of several failed conditions.
    if not met:
        yield Effect("the order has changed", shared, StepOutcome.STALE, reported="order")
    if shared.shipment and not absent:
        yield Effect(
            f"finds the shipment {shared.shipment}",
            shared,
            _booking(action, shared.shipment),
            reported="entry",
        )
    if met and absent:
        intended = shared._replace(shipment=ShipmentStatus.INTENDED)
        yield Effect("notes INTENDED", intended, action._replace(does=book))


def _booking(action: Action, status: ShipmentStatus) -> Then:
    if status is ShipmentStatus.INTENDED:
        return action._replace(does=book)
    return _OUTCOMES.get(status, StepOutcome.STALE)


def book(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The carrier decides."""
    for answer in providers.book(shared, guards):
        then = action._replace(does=note_booking, learned=answer.status)
        yield Effect(f"book: {answer.status}", answer.shared, then)


def note_booking(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The outcome is the status in the ledger afterwards."""
    noted = note_shipment(shared, ShipmentStatus(action.learned), guards)
    if noted is None or noted.shipment is None:
        yield Effect(f"cannot note {action.learned}", shared, FAULT)
    else:
        outcome = _OUTCOMES.get(noted.shipment, StepOutcome.STALE)
        yield Effect(f"notes {action.learned}: the ledger has {noted.shipment}", noted, outcome)


def plan_cancel(details: OrderDetails, action: Action, guards: ActiveGuards) -> Then:
    """As `lambdas/saga/cancel_shipment.py`."""
    if not guards.passes(Guard.UNDO_STATUS, details.order.status.is_compensating):
        return StepOutcome.STALE
    if details.shipment is None or details.shipment.status is ShipmentStatus.CANCELLED:
        return StepOutcome.SETTLED
    if details.shipment.status is ShipmentStatus.INTENDED and not guards.has(Guard.UNDO_INTENDED):
        return action._replace(does=note_cancelled, learned=ShipmentStatus.CANCELLED)
    return action._replace(does=cancel)


def cancel(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The carrier closes the reference."""
    answer = providers.cancel(shared, guards)
    yield Effect("cancel", answer.shared, action._replace(does=note_cancelled, learned=answer.status))


def note_cancelled(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The ledger is updated once."""
    noted = note_shipment(shared, ShipmentStatus(action.learned), guards)
    if noted is None:
        yield Effect(f"cannot note {action.learned}", shared, FAULT)
    else:
        yield Effect(f"notes {action.learned}", noted, StepOutcome.SETTLED)
