"""Book shipment and Cancel shipment."""

from collections.abc import Iterable

from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.step_outcome import StepOutcome
from ordering.guards import Guard
from tests.simulation.model import providers
from tests.simulation.model.guards import Fences
from tests.simulation.model.shop import Shop
from tests.simulation.model.steps.action import FAULT, Action, Effect, Then
from tests.simulation.model.steps.ledger import note_shipment

_OUTCOMES = {
    ShipmentStatus.BOOKED: StepOutcome.BOOKED,
    ShipmentStatus.REFUSED: StepOutcome.SHIPMENT_REFUSED,
}


def plan_book(story: OrderDetails, action: Action, fences: Fences) -> Then:
    """As `lambdas/saga/book_shipment.py`."""
    if story.order.status is not Status.CONFIRMED:
        return StepOutcome.STALE
    if story.shipment is None:
        return action._replace(does=intend if fences.stand(Guard.INTEND_FIRST) else book)
    return _booking(action, story.shipment.status)


def intend(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The transaction that notes the intention while the order stands."""
    stands = fences.allow(Guard.INTEND_ORDER, shop.order is Status.CONFIRMED)
    absent = shop.shipment is None or not fences.stand(Guard.INTEND_ABSENT)
    # Each condition that fails may be the only one that is told.
    if not stands:
        yield Effect("the order has moved", shop, StepOutcome.STALE, told="order")
    if shop.shipment and not absent:
        yield Effect(
            f"finds the shipment {shop.shipment}", shop, _booking(action, shop.shipment), told="entry"
        )
    if stands and absent:
        intended = shop._replace(shipment=ShipmentStatus.INTENDED)
        yield Effect("notes INTENDED", intended, action._replace(does=book))


def _booking(action: Action, status: ShipmentStatus) -> Then:
    if status is ShipmentStatus.INTENDED:
        return action._replace(does=book)
    return _OUTCOMES.get(status, StepOutcome.STALE)


def book(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The carrier decides."""
    for answer in providers.book(shop, fences):
        then = action._replace(does=note_booking, learnt=answer.status)
        yield Effect(f"book: {answer.status}", answer.shop, then)


def note_booking(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The outcome is what the ledger says then."""
    noted = note_shipment(shop, ShipmentStatus(action.learnt), fences)
    if noted is None or noted.shipment is None:
        yield Effect(f"cannot note {action.learnt}", shop, FAULT)
    else:
        outcome = _OUTCOMES.get(noted.shipment, StepOutcome.STALE)
        yield Effect(f"notes {action.learnt}: the ledger says {noted.shipment}", noted, outcome)


def plan_cancel(story: OrderDetails, action: Action, fences: Fences) -> Then:
    """As `lambdas/saga/cancel_shipment.py`."""
    if not fences.allow(Guard.UNDO_STATUS, story.order.status.is_compensating):
        return StepOutcome.STALE
    if story.shipment is None or story.shipment.status is ShipmentStatus.CANCELLED:
        return StepOutcome.SETTLED
    if story.shipment.status is ShipmentStatus.INTENDED and not fences.stand(Guard.UNDO_INTENDED):
        return action._replace(does=note_cancelled, learnt=ShipmentStatus.CANCELLED)
    return action._replace(does=cancel)


def cancel(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The carrier closes the reference."""
    answer = providers.cancel(shop, fences)
    yield Effect("cancel", answer.shop, action._replace(does=note_cancelled, learnt=answer.status))


def note_cancelled(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The ledger turns once."""
    noted = note_shipment(shop, ShipmentStatus(action.learnt), fences)
    if noted is None:
        yield Effect(f"cannot note {action.learnt}", shop, FAULT)
    else:
        yield Effect(f"notes {action.learnt}", noted, StepOutcome.SETTLED)
