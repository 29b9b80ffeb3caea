"""Executions: actions joined by the state machine's own routing, and all that may befall them.

An execution that died and one that was never started are the same: "Load order" lies before both. So the
queue's redelivery needs no state, and an execution may die, and its message come back, without end.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ordering.domain.order import Status
from ordering.domain.step_outcome import StepOutcome
from ordering.domain.stock import RECEIVE
from tests.simulation.model import providers
from tests.simulation.model.guards import Fence, Fences
from tests.simulation.model.routing import routing
from tests.simulation.model.shop import UNITS_TO_COME, Shop, after
from tests.simulation.model.steps import PLANS
from tests.simulation.model.steps.action import FAULT, Action, Effects, Then, read


class Done(NamedTuple):
    """A branch that waits for the other."""

    step: str
    outcome: str


class Execution(NamedTuple):
    """What an execution is about to do: one action, or one of each branch of a Parallel."""

    state: str
    branches: tuple[Action | Done, ...]
    heard: str = ""
    """Whether its own payment was authorised, for those that would go by that."""


class Move(NamedTuple):
    """One thing that may happen to an execution."""

    says: str
    execution: Execution
    shop: Shop


def enter(state: str, heard: str = "") -> Execution:
    """An execution at the beginning of a state. At an end it is as one that is yet to start."""
    tasks = routing().tasks(state)
    if not tasks:
        return enter(routing().begins)
    return Execution(state, tuple(_begin(task, heard) for task in tasks), heard)


def start() -> Execution:
    """An execution that is yet to start, or has ended, or died."""
    return enter(routing().begins)


def moves(execution: Execution, shop: Shop, effects: Effects) -> Iterator[Move]:
    """Everything that may happen to an execution next."""
    if execution != start():
        yield Move("dies", start(), shop)
    for index, action in enumerate(execution.branches):
        if isinstance(action, Done):
            continue
        again = tried_again(execution, index)
        for effect in effects.of(action, shop):
            says = f"{action.step}: {effect.says}"
            if effect.then is not FAULT:
                yield Move(says, advance(execution, index, effect.then, effects.fences), effect.shop)
            if effect.then is FAULT or effect.shop != shop:
                lost = "" if effect.then is FAULT else ", but its answer is lost"
                for other in again:
                    yield Move(f"{says}{lost}; a fault", other, effect.shop)
        for other in again:
            yield Move(f"{action.step}: a fault", other, shop)


def in_peace(execution: Execution, shop: Shop, effects: Effects) -> Iterator[tuple[Execution, Shop]]:
    """What happens next to an execution that nobody disturbs and whose every call is answered."""
    for index, action in enumerate(execution.branches):
        if isinstance(action, Done):
            continue
        for effect in effects.of(action, shop):
            if effect.then is FAULT:
                for other in (*tried_again(execution, index), start()):
                    yield other, effect.shop
            elif not effect.injected:
                yield advance(execution, index, effect.then, effects.fences), effect.shop


def advance(execution: Execution, index: int, then: Then, fences: Fences) -> Execution:
    """The execution after an action of one of its branches. Raises LookupError for an unknown outcome."""
    assert then is not FAULT
    branches = list(execution.branches)
    step = branches[index].step
    branches[index] = then if isinstance(then, Action) else Done(step, then)
    outcomes = {each.step: each.outcome for each in branches if isinstance(each, Done)}
    if len(outcomes) < len(branches):
        return execution._replace(branches=tuple(branches))
    heard = execution.heard
    if StepOutcome.AUTHORISED in outcomes.values() and not fences.stand(Fence.UNDO_LEDGER):
        heard = StepOutcome.AUTHORISED
    if StepOutcome.CAPTURE_REFUSED in outcomes.values() and not fences.stand(Fence.BOTH_DONE):
        outcomes = {
            step: StepOutcome.CAPTURED if outcome == StepOutcome.CAPTURE_REFUSED else outcome
            for step, outcome in outcomes.items()
        }
    return enter(routing().after(execution.state, outcomes), heard)


def tried_again(execution: Execution, index: int) -> tuple[Execution, ...]:
    """After a fault: the step from its start; and a compensation may be given up for the next one."""
    branches = list(execution.branches)
    branches[index] = _begin(branches[index].step, execution.heard)
    again = execution._replace(branches=tuple(branches))
    caught = routing().goes_on_without(execution.state)
    return (again, enter(caught, execution.heard)) if caught else (again,)


def moves_of_the_world(shop: Shop, fences: Fences) -> Iterator[tuple[str, Shop]]:
    """What happens without any execution: the customer, a delivery of stock, the payment provider.

    A customer who read the order at the very beginning may write at any time after, so theirs is one
    action: the transaction. They may try as often as they like.
    """
    may = shop.order in (Status.PENDING, Status.CONFIRMED)
    if fences.allow(Fence.CANCEL_ORDER, may) and fences.allow(Fence.CANCEL_SHIPMENT, shop.shipment is None):
        yield "cancels the order", shop.moved_to(Status.CANCELLING)
    if shop.stock.received < UNITS_TO_COME:
        more = shop.stock
        for _ in range(UNITS_TO_COME):
            more = after(more, RECEIVE) or more
        yield "units arrive", shop._replace(stock=more)
    yield from providers.on_its_own(shop)


def _begin(task: str, heard: str) -> Action:
    assert task in PLANS, f"the model has no step for the state {task}"
    return Action(task, read, learnt=heard)
