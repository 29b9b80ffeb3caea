"""Load order, and the transitions of the order: each is one transaction with all its conditions."""

from collections.abc import Iterable

from ordering.domain.order import Reason, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.step_outcome import StepOutcome
from ordering.domain.stock import SHIP, ReservationStatus
from ordering.guards import Guard
from tests.simulation.model.guards import ActiveGuards
from tests.simulation.model.shared_state import SharedState, after
from tests.simulation.model.steps.action import FAULT, Action, Effect, Then


def plan_load(details: OrderDetails, action: Action, guards: ActiveGuards) -> Then:
    """As `lambdas/saga/load_order.py`. That it gives up after some loads is one way to die, and needs no
    counter."""
    return details.order.status


def plan_confirm(details: OrderDetails, action: Action, guards: ActiveGuards) -> Then:
    """As `lambdas/saga/confirm_order.py`."""
    return _with_payment(details, Status.PENDING, action._replace(does=confirm))


def confirm(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """PENDING → CONFIRMED."""
    met = (
        guards.passes(Guard.CONFIRM_ORDER, shared.order is Status.PENDING)
        and guards.passes(Guard.CONFIRM_RESERVATION, shared.reservation is ReservationStatus.HELD)
        and guards.passes(Guard.CONFIRM_PAYMENT, _paid(shared, action) is PaymentStatus.AUTHORISED)
    )
    yield _moves(shared, Status.CONFIRMED) if met else _moved(shared)


def plan_complete(details: OrderDetails, action: Action, guards: ActiveGuards) -> Then:
    """As `lambdas/saga/complete_order.py`."""
    return _with_payment(details, Status.CONFIRMED, action._replace(does=complete))


def complete(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """CONFIRMED → FULFILLED, the pivot."""
    shipped = after(shared.stock, SHIP, enough=guards.has(Guard.COMPLETE_ENOUGH))
    met = (
        guards.passes(Guard.COMPLETE_ORDER, shared.order is Status.CONFIRMED)
        and guards.passes(Guard.COMPLETE_PAYMENT, _paid(shared, action) is PaymentStatus.CAPTURED)
        and guards.passes(Guard.COMPLETE_SHIPMENT, shared.shipment is ShipmentStatus.BOOKED)
        and guards.passes(Guard.COMPLETE_RESERVATION, shared.reservation is ReservationStatus.HELD)
    )
    if met and shipped:
        shared = shared._replace(
            shipment=ShipmentStatus.DISPATCHED, reservation=ReservationStatus.COMMITTED, stock=shipped
        )
        yield _moves(shared, Status.FULFILLED)
    else:
        yield _moved(shared)


def plan_reject(details: OrderDetails, action: Action, guards: ActiveGuards) -> Then:
    """As `lambdas/saga/reject_order.py`."""
    reason = details.reason_to_reject
    return _with_reason(details, reason, action._replace(does=reject)) if reason else StepOutcome.STALE


def reject(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """PENDING → REJECTING, if the reason is still true."""
    if action.learned == Reason.OUT_OF_STOCK:
        reason = guards.passes(Guard.REJECT_STOCK, shared.reservation is None)
    else:
        reason = guards.passes(Guard.REJECT_PAYMENT, _paid(shared, action) is PaymentStatus.DECLINED)
    met = guards.passes(Guard.REJECT_ORDER, shared.order is Status.PENDING)
    yield _moves(shared, Status.REJECTING) if met and reason else _moved(shared)


def plan_turn_back(details: OrderDetails, action: Action, guards: ActiveGuards) -> Then:
    """As `lambdas/saga/turn_back.py`."""
    reason = details.system_cancel_reason
    return _with_reason(details, reason, action._replace(does=turn_back)) if reason else StepOutcome.STALE


def turn_back(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """CONFIRMED → CANCELLING, if the reason is still true."""
    if action.learned == Reason.SHIPMENT_REFUSED:
        reason = guards.passes(Guard.TURN_SHIPMENT, shared.shipment is ShipmentStatus.REFUSED)
    else:
        paid = _paid(shared, action)
        reason = guards.passes(Guard.TURN_PAYMENT, paid is not None and paid.cannot_be_captured)
    met = guards.passes(Guard.TURN_ORDER, shared.order is Status.CONFIRMED)
    yield _moves(shared, Status.CANCELLING) if met and reason else _moved(shared)


def plan_close(details: OrderDetails, action: Action, guards: ActiveGuards) -> Then:
    """As `lambdas/saga/close_order.py`. What was read as unsettled decides what a refusal means."""
    if not details.order.status.is_compensating:
        return StepOutcome.STALE
    unsettled = (
        any(not payment.status.is_settled for payment in details.payments)
        or (details.reservation and details.reservation.status is not ReservationStatus.RELEASED)
        or (details.shipment and details.shipment.status is not ShipmentStatus.CANCELLED)
    )
    does = close_unsettled if unsettled else close
    known = tuple((payment.attempt, "", "") for payment in details.payments)
    return Action(action.step, does, attempt=details.next_attempt, learned=details.order.status, rest=known)


def close(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """REJECTING → REJECTED, or CANCELLING → CANCELLED, once everything is compensated."""
    to = Status.REJECTED if action.learned == Status.REJECTING else Status.CANCELLED
    known = [shared.entry(attempt) for attempt, *_ in action.rest]
    settled = all(entry is not None and entry.status.is_settled for entry in known)
    met = (
        guards.passes(Guard.CLOSE_ORDER, shared.order == action.learned)
        and guards.passes(Guard.CLOSE_RESERVATION, shared.reservation in (None, ReservationStatus.RELEASED))
        and guards.passes(Guard.CLOSE_SHIPMENT, shared.shipment in (None, ShipmentStatus.CANCELLED))
        and guards.passes(Guard.CLOSE_PAYMENTS, settled)
        and guards.passes(Guard.CLOSE_NO_MORE, shared.entry(action.attempt) is None)
    )
    yield _moves(shared, to) if met else _moved(shared)


def close_unsettled(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The same, for an order with something unsettled: a refusal is `NotSettled`, a fault."""
    for effect in close(shared, action, guards):
        yield effect if effect.then != StepOutcome.STALE else Effect("is not settled", shared, FAULT)


def _with_payment(details: OrderDetails, status: Status, action: Action) -> Then:
    if details.order.status is not status:
        return StepOutcome.STALE
    return action._replace(attempt=details.payment.attempt) if details.payment else FAULT


def _with_reason(details: OrderDetails, reason: Reason, action: Action) -> Action:
    return action._replace(learned=reason, attempt=details.payment.attempt if details.payment else 0)


def _paid(shared: SharedState, action: Action) -> PaymentStatus | None:
    entry = shared.entry(action.attempt)
    return entry.status if entry else None


def _moves(shared: SharedState, to: Status) -> Effect:
    return Effect(f"the order is {to}", shared.moved_to(to), to)


def _moved(shared: SharedState) -> Effect:
    return Effect("the order, or another item of the transaction, has changed", shared, StepOutcome.STALE)
