"""One attempt to authorise the total, as in `ordering.saga.payments`, and the steps that make an attempt."""

from collections.abc import Iterable

from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import PaymentStatus
from ordering.domain.step_outcome import StepOutcome
from ordering.guards import Guard
from tests.simulation.model import providers
from tests.simulation.model.guards import ActiveGuards
from tests.simulation.model.shared_state import PaymentEntry, SharedState
from tests.simulation.model.steps.action import FAULT, Action, Effect, Then
from tests.simulation.model.steps.ledger import note_payment

_OUTCOMES = {
    PaymentStatus.AUTHORISED: StepOutcome.AUTHORISED,
    PaymentStatus.CAPTURED: StepOutcome.AUTHORISED,
    PaymentStatus.DECLINED: StepOutcome.DECLINED,
}


def plan_authorise(details: OrderDetails, action: Action, guards: ActiveGuards) -> Then:
    """As `lambdas/saga/authorise_payment.py`."""
    if details.order.status is not Status.PENDING:
        return StepOutcome.STALE
    if details.payment is None:
        return opening(action, details.next_attempt, Status.PENDING)
    return authorising(action, details.payment.attempt, _page(details))


def plan_again(details: OrderDetails, action: Action, guards: ActiveGuards) -> Then:
    """As `lambdas/saga/reauthorise_payment.py`."""
    payment = details.payment
    if details.order.status is not Status.CONFIRMED or payment is None:
        return StepOutcome.STALE
    spent = details.attempts_are_spent and guards.has(Guard.AGAIN_SPENT)
    if payment.status.cannot_be_captured and spent:
        return StepOutcome.CAPTURE_REFUSED
    if payment.status is PaymentStatus.CAPTURE_REFUSED and guards.has(Guard.AGAIN_VOID):
        return action._replace(does=void_first, attempt=payment.attempt, payment_id=payment.payment_id)
    if payment.status is PaymentStatus.CAPTURED:
        return StepOutcome.CAPTURED
    if payment.status in (PaymentStatus.VOIDED, PaymentStatus.CAPTURE_REFUSED):
        return opening(action, details.next_attempt, Status.CONFIRMED)
    return authorising(action, payment.attempt, _page(details))


def void_first(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The refused authorisation is voided, so that no capture of it can take effect later."""
    for answer in providers.void(shared, action.payment_id):
        then = action._replace(does=note_void, learned=answer.status) if answer.status else FAULT
        description = f"void of payment {action.payment_id}: {answer.status or 'an error'}"
        yield Effect(description, answer.shared, then)


def note_void(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The result of the void decides whether another attempt is needed."""
    noted = note_payment(shared, action.attempt, PaymentStatus(action.learned), guards)
    entry = noted.entry(action.attempt) if noted else None
    if noted is None or entry is None:
        yield Effect(f"cannot note {action.learned}", shared, FAULT)
    elif entry.status is PaymentStatus.CAPTURED:
        yield Effect("notes that the money arrived after all", noted, StepOutcome.CAPTURED)
    elif entry.status is PaymentStatus.VOIDED:
        yield Effect("notes VOIDED", noted, opening(action, action.attempt + 1, Status.CONFIRMED))
    else:
        yield Effect(
            f"notes {action.learned}: it is {entry.status}", noted, authorising(action, action.attempt, entry)
        )


def opening(action: Action, attempt: int, order: Status) -> Action:
    """Returns the action that prepares an attempt, for an order that was read with this status."""
    return Action(action.step, prepare, attempt, learned=order)


def prepare(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """No money moves, unless `Guard.OPEN_FIRST` is off."""
    for payment_id in providers.prepare(action.attempt):
        then = action._replace(does=open_payment, payment_id=payment_id)
        if guards.has(Guard.OPEN_FIRST):
            yield Effect(f"prepares payment {payment_id}", shared, then)
        else:
            for answer in providers.authorise(shared, payment_id, guards):
                yield Effect(f"has payment {payment_id} {answer.status} unnoted", answer.shared, then)


def open_payment(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The transaction that records the id while the order is unchanged. If a concurrent step was first, its
    entry is used."""
    met = guards.passes(Guard.OPEN_ORDER, shared.order == action.learned)
    entry = shared.entry(action.attempt)
    absent = entry is None or not guards.has(Guard.OPEN_ABSENT)
    if met and absent:
        payment_id = action.payment_id
        if entry is None and shared.at_provider(payment_id) is PaymentStatus.PREPARED:
            # The names are arbitrary: the id that is recorded first gets the first name.
            payment_id = next(providers.prepare(action.attempt))
        entry = PaymentEntry(payment_id, PaymentStatus.PREPARED)
        shared = shared.with_entry(action.attempt, entry)
        yield Effect(
            f"notes payment {payment_id} PREPARED", shared, authorising(action, action.attempt, entry)
        )
    # DynamoDB may report only one of several failed conditions.
    if not met:
        yield Effect("the order has changed", shared, StepOutcome.STALE, reported="order")
    if entry is not None and not absent:
        continued_with = (
            entry if guards.has(Guard.OPEN_RECORDED) else entry._replace(payment_id=action.payment_id)
        )
        then = authorising(action, action.attempt, continued_with)
        yield Effect(f"finds payment {entry.payment_id} noted", shared, then, reported="entry")


def authorising(action: Action, attempt: int, entry: PaymentEntry) -> Then:
    """Returns the action that authorises a prepared payment; for any other, the outcome."""
    if entry.status is PaymentStatus.PREPARED:
        return Action(action.step, authorise, attempt, entry.payment_id)
    return _OUTCOMES.get(entry.status, StepOutcome.STALE)


def authorise(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The provider decides; its response may be lost, or the call may be late."""
    lost = action._replace(does=find_after_loss)
    for answer in providers.authorise(shared, action.payment_id, guards):
        description = f"authorise of payment {action.payment_id}: {answer.status}"
        yield Effect(
            description, answer.shared, action._replace(does=note_authorisation, learned=answer.status or "")
        )
        yield Effect(f"{description}, and the response is lost", answer.shared, lost, injected=True)
    yield Effect("authorise gets no response in time", shared, lost, injected=True)


def find_after_loss(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The provider is asked for the payment's status."""
    found = providers.find(shared, action.payment_id)
    then = action._replace(does=note_authorisation, learned=found)
    yield Effect(
        f"find of payment {action.payment_id}: {found}",
        shared,
        FAULT if found is PaymentStatus.PREPARED else then,
    )


def note_authorisation(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The outcome is the status in the ledger afterwards."""
    noted = note_payment(shared, action.attempt, PaymentStatus(action.learned), guards)
    entry = noted.entry(action.attempt) if noted else None
    if noted is None or entry is None:
        yield Effect(f"cannot note {action.learned}", shared, FAULT)
    else:
        outcome = _OUTCOMES.get(entry.status, StepOutcome.STALE)
        yield Effect(f"notes {action.learned}: the ledger has {entry.status}", noted, outcome)


def _page(details: OrderDetails) -> PaymentEntry:
    assert details.payment
    return PaymentEntry(details.payment.payment_id, details.payment.status)
