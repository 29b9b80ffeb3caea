"""Capture payment, and Void or refund payment."""

from collections.abc import Iterable

from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import PaymentStatus
from ordering.domain.step_outcome import StepOutcome
from ordering.guards import Guard
from tests.simulation.model import providers
from tests.simulation.model.guards import ActiveGuards
from tests.simulation.model.shared_state import SharedState
from tests.simulation.model.steps.action import FAULT, Action, Effect, Then
from tests.simulation.model.steps.ledger import note_payment


def plan_capture(details: OrderDetails, action: Action, guards: ActiveGuards) -> Then:
    """As `lambdas/saga/capture_payment.py`."""
    payment = details.payment
    if details.order.status is not Status.CONFIRMED or payment is None:
        return StepOutcome.STALE
    if payment.status is PaymentStatus.AUTHORISED:
        return action._replace(does=capture, attempt=payment.attempt, payment_id=payment.payment_id)
    return _captured(payment.status)


def capture(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The provider decides between a capture and a void."""
    for answer in providers.capture(shared, action.payment_id, guards):
        then = action._replace(does=note_capture, payment_id="", learned=answer.status or "")
        yield Effect(f"capture of payment {action.payment_id}: {answer.status}", answer.shared, then)


def note_capture(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The outcome is the status in the ledger afterwards."""
    noted = note_payment(shared, action.attempt, PaymentStatus(action.learned), guards)
    entry = noted.entry(action.attempt) if noted else None
    if noted is None or entry is None:
        yield Effect(f"cannot note {action.learned}", shared, FAULT)
    else:
        description = f"notes {action.learned}: the ledger has {entry.status}"
        yield Effect(description, noted, _captured(entry.status))


def _captured(status: PaymentStatus) -> StepOutcome:
    return StepOutcome.CAPTURED if status is PaymentStatus.CAPTURED else StepOutcome.CAPTURE_REFUSED


def plan_settle(details: OrderDetails, action: Action, guards: ActiveGuards) -> Then:
    """As `lambdas/saga/void_or_refund_payment.py`."""
    if not guards.passes(Guard.UNDO_STATUS, details.order.status.is_compensating):
        return StepOutcome.STALE
    due = tuple(
        (payment.attempt, payment.payment_id, str(payment.status))
        for payment in details.payments
        if not payment.status.is_settled
    )
    if not guards.has(Guard.UNDO_LEDGER) and not action.learned:
        # This execution has authorised nothing itself, so it assumes that there is nothing to void or refund.
        due = ()
    return _settling(action.step, due, guards)


def _settling(step: str, due: tuple[tuple[int, str, str], ...], guards: ActiveGuards) -> Then:
    if not due:
        return StepOutcome.SETTLED
    (attempt, payment_id, status), *rest = due
    uncertain = status == PaymentStatus.PREPARED and guards.has(Guard.UNDO_FIND)
    return Action(step, find if uncertain else void, attempt, payment_id, rest=tuple(rest))


def find(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """If the ledger says PREPARED, the provider is asked first."""
    found = providers.find(shared, action.payment_id)
    done = found.is_settled or found is PaymentStatus.CAPTURED
    then = _answered(action, found, guards) if done else action._replace(does=void)
    yield Effect(f"find of payment {action.payment_id}: {found}", shared, then)


def void(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The authorisation is released, unless it is too late."""
    for answer in providers.void(shared, action.payment_id):
        then = _answered(action, answer.status, guards) if answer.status else FAULT
        description = f"void of payment {action.payment_id}: {answer.status or 'an error'}"
        yield Effect(description, answer.shared, then)


def refund(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The captured amount is given back."""
    answer = providers.refund(shared, action.payment_id)
    then = (
        action._replace(does=note_settlement, payment_id="", learned=answer.status)
        if answer.status
        else FAULT
    )
    yield Effect(f"refund of payment {action.payment_id}", answer.shared, then)


def _answered(action: Action, status: PaymentStatus, guards: ActiveGuards) -> Action:
    if status is PaymentStatus.CAPTURED and guards.has(Guard.UNDO_REFUND):
        return action._replace(does=refund)
    return action._replace(does=note_settlement, payment_id="", learned=status)


def note_settlement(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """Records the response, and continues with the next payment."""
    noted = note_payment(shared, action.attempt, PaymentStatus(action.learned), guards)
    if noted is None:
        yield Effect(f"cannot note {action.learned}", shared, FAULT)
    else:
        yield Effect(f"notes {action.learned}", noted, _settling(action.step, action.rest, guards))
