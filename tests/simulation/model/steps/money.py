"""Capture payment, and Void or refund payment."""

from collections.abc import Iterable

from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import PaymentStatus
from ordering.domain.step_outcome import StepOutcome
from tests.simulation.model import providers
from tests.simulation.model.guards import Fence, Fences
from tests.simulation.model.shop import Shop
from tests.simulation.model.steps.action import FAULT, Action, Effect, Then
from tests.simulation.model.steps.ledger import note_payment


def plan_capture(story: OrderDetails, action: Action, fences: Fences) -> Then:
    """As `lambdas/saga/capture_payment.py`."""
    payment = story.payment
    if story.order.status is not Status.CONFIRMED or payment is None:
        return StepOutcome.STALE
    if payment.status is PaymentStatus.AUTHORISED:
        return action._replace(does=capture, attempt=payment.attempt, payment_id=payment.payment_id)
    return _captured(payment.status)


def capture(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The provider decides between a capture and a void."""
    for answer in providers.capture(shop, action.payment_id, fences):
        then = action._replace(does=note_capture, payment_id="", learnt=answer.status or "")
        yield Effect(f"capture of payment {action.payment_id}: {answer.status}", answer.shop, then)


def note_capture(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The outcome is what the ledger says then."""
    noted = note_payment(shop, action.attempt, PaymentStatus(action.learnt), fences)
    page = noted.page(action.attempt) if noted else None
    if noted is None or page is None:
        yield Effect(f"cannot note {action.learnt}", shop, FAULT)
    else:
        says = f"notes {action.learnt}: the ledger says {page.status}"
        yield Effect(says, noted, _captured(page.status))


def _captured(status: PaymentStatus) -> StepOutcome:
    return StepOutcome.CAPTURED if status is PaymentStatus.CAPTURED else StepOutcome.CAPTURE_REFUSED


def plan_settle(story: OrderDetails, action: Action, fences: Fences) -> Then:
    """As `lambdas/saga/void_or_refund_payment.py`."""
    if not fences.allow(Fence.UNDO_STATUS, story.order.status.is_compensating):
        return StepOutcome.STALE
    due = tuple(
        (payment.attempt, payment.payment_id, str(payment.status))
        for payment in story.payments
        if not payment.status.is_settled
    )
    if not fences.stand(Fence.UNDO_LEDGER) and not action.learnt:
        # This execution authorised nothing itself, so it believes that there is nothing to give back.
        due = ()
    return _settling(action.step, due, fences)


def _settling(step: str, due: tuple[tuple[int, str, str], ...], fences: Fences) -> Then:
    if not due:
        return StepOutcome.SETTLED
    (attempt, payment_id, status), *rest = due
    uncertain = status == PaymentStatus.PREPARED and fences.stand(Fence.UNDO_FIND)
    return Action(step, find if uncertain else void, attempt, payment_id, rest=tuple(rest))


def find(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """Where the ledger is behind, the provider is asked first."""
    found = providers.find(shop, action.payment_id)
    done = found.is_settled or found is PaymentStatus.CAPTURED
    then = _answered(action, found, fences) if done else action._replace(does=void)
    yield Effect(f"find of payment {action.payment_id}: {found}", shop, then)


def void(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The hold is given up, or it is too late for that."""
    for answer in providers.void(shop, action.payment_id):
        then = _answered(action, answer.status, fences) if answer.status else FAULT
        says = f"void of payment {action.payment_id}: {answer.status or 'a complaint'}"
        yield Effect(says, answer.shop, then)


def refund(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """What was taken is given back."""
    answer = providers.refund(shop, action.payment_id)
    then = (
        action._replace(does=note_settlement, payment_id="", learnt=answer.status) if answer.status else FAULT
    )
    yield Effect(f"refund of payment {action.payment_id}", answer.shop, then)


def _answered(action: Action, status: PaymentStatus, fences: Fences) -> Action:
    if status is PaymentStatus.CAPTURED and fences.stand(Fence.UNDO_REFUND):
        return action._replace(does=refund)
    return action._replace(does=note_settlement, payment_id="", learnt=status)


def note_settlement(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """And on to the next payment."""
    noted = note_payment(shop, action.attempt, PaymentStatus(action.learnt), fences)
    if noted is None:
        yield Effect(f"cannot note {action.learnt}", shop, FAULT)
    else:
        yield Effect(f"notes {action.learnt}", noted, _settling(action.step, action.rest, fences))
