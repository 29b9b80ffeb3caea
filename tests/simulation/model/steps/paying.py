"""One attempt to have the total authorised, as `ordering.saga.payments`; and the steps that make one."""

from collections.abc import Iterable

from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import PaymentStatus
from ordering.domain.step_outcome import StepOutcome
from ordering.guards import Guard
from tests.simulation.model import providers
from tests.simulation.model.guards import Fences
from tests.simulation.model.shop import Page, Shop
from tests.simulation.model.steps.action import FAULT, Action, Effect, Then
from tests.simulation.model.steps.ledger import note_payment

_OUTCOMES = {
    PaymentStatus.AUTHORISED: StepOutcome.AUTHORISED,
    PaymentStatus.CAPTURED: StepOutcome.AUTHORISED,
    PaymentStatus.DECLINED: StepOutcome.DECLINED,
}


def plan_authorise(story: OrderDetails, action: Action, fences: Fences) -> Then:
    """As `lambdas/saga/authorise_payment.py`."""
    if story.order.status is not Status.PENDING:
        return StepOutcome.STALE
    if story.payment is None:
        return opening(action, story.next_attempt, Status.PENDING)
    return authorising(action, story.payment.attempt, _page(story))


def plan_again(story: OrderDetails, action: Action, fences: Fences) -> Then:
    """As `lambdas/saga/reauthorise_payment.py`."""
    payment = story.payment
    if story.order.status is not Status.CONFIRMED or payment is None:
        return StepOutcome.STALE
    spent = story.attempts_are_spent and fences.stand(Guard.AGAIN_SPENT)
    if payment.status.cannot_be_captured and spent:
        return StepOutcome.CAPTURE_REFUSED
    if payment.status is PaymentStatus.CAPTURE_REFUSED and fences.stand(Guard.AGAIN_VOID):
        return action._replace(does=void_first, attempt=payment.attempt, payment_id=payment.payment_id)
    if payment.status is PaymentStatus.CAPTURED:
        return StepOutcome.CAPTURED
    if payment.status in (PaymentStatus.VOIDED, PaymentStatus.CAPTURE_REFUSED):
        return opening(action, story.next_attempt, Status.CONFIRMED)
    return authorising(action, payment.attempt, _page(story))


def void_first(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The refused authorisation is given up, so that no capture of it can come late."""
    for answer in providers.void(shop, action.payment_id):
        then = action._replace(does=note_void, learnt=answer.status) if answer.status else FAULT
        says = f"void of payment {action.payment_id}: {answer.status or 'a complaint'}"
        yield Effect(says, answer.shop, then)


def note_void(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """What the void found decides whether another attempt is needed."""
    noted = note_payment(shop, action.attempt, PaymentStatus(action.learnt), fences)
    page = noted.page(action.attempt) if noted else None
    if noted is None or page is None:
        yield Effect(f"cannot note {action.learnt}", shop, FAULT)
    elif page.status is PaymentStatus.CAPTURED:
        yield Effect("notes that the money came after all", noted, StepOutcome.CAPTURED)
    elif page.status is PaymentStatus.VOIDED:
        yield Effect("notes VOIDED", noted, opening(action, action.attempt + 1, Status.CONFIRMED))
    else:
        yield Effect(
            f"notes {action.learnt}: it is {page.status}", noted, authorising(action, action.attempt, page)
        )


def opening(action: Action, attempt: int, order: Status) -> Action:
    """Go and prepare an attempt, for an order that was read at that status."""
    return Action(action.step, prepare, attempt, learnt=order)


def prepare(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """No money moves, unless preparing were authorising."""
    for payment_id in providers.prepare(action.attempt):
        then = action._replace(does=open_page, payment_id=payment_id)
        if fences.stand(Guard.OPEN_FIRST):
            yield Effect(f"prepares payment {payment_id}", shop, then)
        else:
            for answer in providers.authorise(shop, payment_id, fences):
                yield Effect(f"has payment {payment_id} {answer.status} unnoted", answer.shop, then)


def open_page(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The transaction that notes the id while the order stands; a rival's page is gone on with."""
    stands = fences.allow(Guard.OPEN_ORDER, shop.order == action.learnt)
    page = shop.page(action.attempt)
    absent = page is None or not fences.stand(Guard.OPEN_ABSENT)
    if stands and absent:
        payment_id = action.payment_id
        if page is None and shop.at_provider(payment_id) is PaymentStatus.PREPARED:
            # Names are arbitrary: the id that is noted first is called by the first name.
            payment_id = next(providers.prepare(action.attempt))
        page = Page(payment_id, PaymentStatus.PREPARED)
        shop = shop.with_page(action.attempt, page)
        yield Effect(f"notes payment {payment_id} PREPARED", shop, authorising(action, action.attempt, page))
    # Each condition that fails may be the only one that is told.
    if not stands:
        yield Effect("the order has moved", shop, StepOutcome.STALE, told="order")
    if page is not None and not absent:
        going_on = page if fences.stand(Guard.OPEN_RECORDED) else page._replace(payment_id=action.payment_id)
        then = authorising(action, action.attempt, going_on)
        yield Effect(f"finds payment {page.payment_id} noted", shop, then, told="entry")


def authorising(action: Action, attempt: int, page: Page) -> Then:
    """Go and authorise a prepared payment; of another, its outcome."""
    if page.status is PaymentStatus.PREPARED:
        return Action(action.step, authorise, attempt, page.payment_id)
    return _OUTCOMES.get(page.status, StepOutcome.STALE)


def authorise(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The provider decides; its answer may be lost, or the call be late."""
    lost = action._replace(does=find_after_loss)
    for answer in providers.authorise(shop, action.payment_id, fences):
        says = f"authorise of payment {action.payment_id}: {answer.status}"
        yield Effect(says, answer.shop, action._replace(does=note_authorisation, learnt=answer.status or ""))
        yield Effect(f"{says}, and the answer is lost", answer.shop, lost, injected=True)
    yield Effect("authorise is not answered in time", shop, lost, injected=True)


def find_after_loss(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The provider is asked where the payment stands."""
    found = providers.find(shop, action.payment_id)
    then = action._replace(does=note_authorisation, learnt=found)
    yield Effect(
        f"find of payment {action.payment_id}: {found}",
        shop,
        FAULT if found is PaymentStatus.PREPARED else then,
    )


def note_authorisation(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The outcome is what the ledger says then."""
    noted = note_payment(shop, action.attempt, PaymentStatus(action.learnt), fences)
    page = noted.page(action.attempt) if noted else None
    if noted is None or page is None:
        yield Effect(f"cannot note {action.learnt}", shop, FAULT)
    else:
        outcome = _OUTCOMES.get(page.status, StepOutcome.STALE)
        yield Effect(f"notes {action.learnt}: the ledger says {page.status}", noted, outcome)


def _page(story: OrderDetails) -> Page:
    assert story.payment
    return Page(story.payment.payment_id, story.payment.status)
