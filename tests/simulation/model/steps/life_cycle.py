"""Load order, and the moves of the life cycle: each one transaction with everything it rests on."""

from collections.abc import Iterable

from ordering.domain.order import Reason, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.step_outcome import StepOutcome
from ordering.domain.stock import SHIP, ReservationStatus
from ordering.guards import Guard
from tests.simulation.model.guards import Fences
from tests.simulation.model.shop import Shop, after
from tests.simulation.model.steps.action import FAULT, Action, Effect, Then


def plan_load(story: OrderDetails, action: Action, fences: Fences) -> Then:
    """As `lambdas/saga/load_order.py`. That it gives up at last is one way to die, and needs no counter."""
    return story.order.status


def plan_confirm(story: OrderDetails, action: Action, fences: Fences) -> Then:
    """As `lambdas/saga/confirm_order.py`."""
    return _on_the_payment(story, Status.PENDING, action._replace(does=confirm))


def confirm(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """PENDING → CONFIRMED."""
    stands = (
        fences.allow(Guard.CONFIRM_ORDER, shop.order is Status.PENDING)
        and fences.allow(Guard.CONFIRM_RESERVATION, shop.reservation is ReservationStatus.HELD)
        and fences.allow(Guard.CONFIRM_PAYMENT, _paid(shop, action) is PaymentStatus.AUTHORISED)
    )
    yield _moves(shop, Status.CONFIRMED) if stands else _moved(shop)


def plan_complete(story: OrderDetails, action: Action, fences: Fences) -> Then:
    """As `lambdas/saga/complete_order.py`."""
    return _on_the_payment(story, Status.CONFIRMED, action._replace(does=complete))


def complete(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """CONFIRMED → FULFILLED, the pivot."""
    shipped = after(shop.stock, SHIP, enough=fences.stand(Guard.COMPLETE_ENOUGH))
    stands = (
        fences.allow(Guard.COMPLETE_ORDER, shop.order is Status.CONFIRMED)
        and fences.allow(Guard.COMPLETE_PAYMENT, _paid(shop, action) is PaymentStatus.CAPTURED)
        and fences.allow(Guard.COMPLETE_SHIPMENT, shop.shipment is ShipmentStatus.BOOKED)
        and fences.allow(Guard.COMPLETE_RESERVATION, shop.reservation is ReservationStatus.HELD)
    )
    if stands and shipped:
        shop = shop._replace(
            shipment=ShipmentStatus.DISPATCHED, reservation=ReservationStatus.COMMITTED, stock=shipped
        )
        yield _moves(shop, Status.FULFILLED)
    else:
        yield _moved(shop)


def plan_reject(story: OrderDetails, action: Action, fences: Fences) -> Then:
    """As `lambdas/saga/reject_order.py`."""
    reason = story.reason_to_reject
    return _for(story, reason, action._replace(does=reject)) if reason else StepOutcome.STALE


def reject(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """PENDING → REJECTING, if the reason still stands."""
    if action.learnt == Reason.OUT_OF_STOCK:
        reason = fences.allow(Guard.REJECT_STOCK, shop.reservation is None)
    else:
        reason = fences.allow(Guard.REJECT_PAYMENT, _paid(shop, action) is PaymentStatus.DECLINED)
    stands = fences.allow(Guard.REJECT_ORDER, shop.order is Status.PENDING)
    yield _moves(shop, Status.REJECTING) if stands and reason else _moved(shop)


def plan_turn_back(story: OrderDetails, action: Action, fences: Fences) -> Then:
    """As `lambdas/saga/turn_back.py`."""
    reason = story.system_cancel_reason
    return _for(story, reason, action._replace(does=turn_back)) if reason else StepOutcome.STALE


def turn_back(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """CONFIRMED → CANCELLING, if the reason still stands."""
    if action.learnt == Reason.SHIPMENT_REFUSED:
        reason = fences.allow(Guard.TURN_SHIPMENT, shop.shipment is ShipmentStatus.REFUSED)
    else:
        paid = _paid(shop, action)
        reason = fences.allow(Guard.TURN_PAYMENT, paid is not None and paid.cannot_be_captured)
    stands = fences.allow(Guard.TURN_ORDER, shop.order is Status.CONFIRMED)
    yield _moves(shop, Status.CANCELLING) if stands and reason else _moved(shop)


def plan_close(story: OrderDetails, action: Action, fences: Fences) -> Then:
    """As `lambdas/saga/close_order.py`. What is unsettled by the story decides what a refusal means."""
    if not story.order.status.is_compensating:
        return StepOutcome.STALE
    unsettled = (
        any(not payment.status.is_settled for payment in story.payments)
        or (story.reservation and story.reservation.status is not ReservationStatus.RELEASED)
        or (story.shipment and story.shipment.status is not ShipmentStatus.CANCELLED)
    )
    does = close_unsettled if unsettled else close
    known = tuple((payment.attempt, "", "") for payment in story.payments)
    return Action(action.step, does, attempt=story.next_attempt, learnt=story.order.status, rest=known)


def close(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """REJECTING → REJECTED, or CANCELLING → CANCELLED, once everything is given back."""
    to = Status.REJECTED if action.learnt == Status.REJECTING else Status.CANCELLED
    known = [shop.page(attempt) for attempt, *_ in action.rest]
    settled = all(page is not None and page.status.is_settled for page in known)
    stands = (
        fences.allow(Guard.CLOSE_ORDER, shop.order == action.learnt)
        and fences.allow(Guard.CLOSE_RESERVATION, shop.reservation in (None, ReservationStatus.RELEASED))
        and fences.allow(Guard.CLOSE_SHIPMENT, shop.shipment in (None, ShipmentStatus.CANCELLED))
        and fences.allow(Guard.CLOSE_PAYMENTS, settled)
        and fences.allow(Guard.CLOSE_NO_MORE, shop.page(action.attempt) is None)
    )
    yield _moves(shop, to) if stands else _moved(shop)


def close_unsettled(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The same, for a story that has something unsettled: a refusal is `NotSettled`, a fault."""
    for effect in close(shop, action, fences):
        yield effect if effect.then != StepOutcome.STALE else Effect("is not settled", shop, FAULT)


def _on_the_payment(story: OrderDetails, status: Status, action: Action) -> Then:
    if story.order.status is not status:
        return StepOutcome.STALE
    return action._replace(attempt=story.payment.attempt) if story.payment else FAULT


def _for(story: OrderDetails, reason: Reason, action: Action) -> Action:
    return action._replace(learnt=reason, attempt=story.payment.attempt if story.payment else 0)


def _paid(shop: Shop, action: Action) -> PaymentStatus | None:
    page = shop.page(action.attempt)
    return page.status if page else None


def _moves(shop: Shop, to: Status) -> Effect:
    return Effect(f"the order is {to}", shop.moved_to(to), to)


def _moved(shop: Shop) -> Effect:
    return Effect("the order, or what the move rests on, has moved", shop, StepOutcome.STALE)
