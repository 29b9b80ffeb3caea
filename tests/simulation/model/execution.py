"""Executions: actions connected by the state machine's own routing, and everything that can happen to them.

An execution that died is equal to one that has not started: both begin with "Load order". So redelivery by
the queue needs no state, and an execution may die and be started again any number of times.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ordering.domain.order import Status
from ordering.domain.step_outcome import StepOutcome
from ordering.domain.stock import RECEIVE
from ordering.guards import Guard
from tests.simulation.model import providers
from tests.simulation.model.guards import ActiveGuards, Assumption
from tests.simulation.model.routing import routing
from tests.simulation.model.shared_state import UNITS_TO_COME, SharedState, after
from tests.simulation.model.steps import PLANS
from tests.simulation.model.steps.action import FAULT, Action, Effects, Then, read


class Done(NamedTuple):
    """A branch that has finished and waits for the other."""

    step: str
    outcome: str


class Execution(NamedTuple):
    """What an execution is about to do: one action, or one of each branch of a Parallel."""

    state: str
    branches: tuple[Action | Done, ...]
    own_authorisation: str = ""
    """Whether this execution authorised a payment itself; used only without `Guard.UNDO_LEDGER`."""


class Move(NamedTuple):
    """One thing that may happen to an execution."""

    description: str
    execution: Execution
    shared: SharedState


def enter(state: str, own_authorisation: str = "") -> Execution:
    """Returns an execution at the beginning of a state. At an end of the machine it equals one that has not
    started."""
    tasks = routing().tasks(state)
    if not tasks:
        return enter(routing().begins)
    return Execution(state, tuple(_begin(task, own_authorisation) for task in tasks), own_authorisation)


def start() -> Execution:
    """Returns an execution that has not started, has ended, or has died."""
    return enter(routing().begins)


def moves(execution: Execution, shared: SharedState, effects: Effects) -> Iterator[Move]:
    """Yields everything that may happen to an execution next."""
    if execution != start():
        yield Move("dies", start(), shared)
    for index, action in enumerate(execution.branches):
        if isinstance(action, Done):
            continue
        again = retried(execution, index)
        for effect in effects.of(action, shared):
            description = f"{action.step}: {effect.description}"
            if effect.then is not FAULT:
                yield Move(description, advance(execution, index, effect.then, effects.guards), effect.shared)
            if effect.then is FAULT or effect.shared != shared:
                lost = "" if effect.then is FAULT else ", but its response is lost"
                for other in again:
                    yield Move(f"{description}{lost}; a fault", other, effect.shared)
        for other in again:
            yield Move(f"{action.step}: a fault", other, shared)


def undisturbed_moves(
    execution: Execution, shared: SharedState, effects: Effects
) -> Iterator[tuple[Execution, SharedState]]:
    """Yields what happens next to an execution that nothing disturbs and whose every call gets a response."""
    for index, action in enumerate(execution.branches):
        if isinstance(action, Done):
            continue
        for effect in effects.of(action, shared):
            if effect.then is FAULT:
                for other in (*retried(execution, index), start()):
                    yield other, effect.shared
            elif not effect.injected:
                yield advance(execution, index, effect.then, effects.guards), effect.shared


def advance(execution: Execution, index: int, then: Then, guards: ActiveGuards) -> Execution:
    """Returns the execution after an action of one of its branches. Raises LookupError for an unknown
    outcome."""
    assert then is not FAULT
    branches = list(execution.branches)
    step = branches[index].step
    branches[index] = then if isinstance(then, Action) else Done(step, then)
    outcomes = {each.step: each.outcome for each in branches if isinstance(each, Done)}
    if len(outcomes) < len(branches):
        return execution._replace(branches=tuple(branches))
    own_authorisation = execution.own_authorisation
    if StepOutcome.AUTHORISED in outcomes.values() and not guards.has(Guard.UNDO_LEDGER):
        own_authorisation = StepOutcome.AUTHORISED
    if StepOutcome.CAPTURE_REFUSED in outcomes.values() and not guards.has(Assumption.BOTH_DONE):
        outcomes = {
            step: StepOutcome.CAPTURED if outcome == StepOutcome.CAPTURE_REFUSED else outcome
            for step, outcome in outcomes.items()
        }
    return enter(routing().after(execution.state, outcomes), own_authorisation)


def retried(execution: Execution, index: int) -> tuple[Execution, ...]:
    """Returns the executions after a fault: the step starts again; a compensation may also be skipped."""
    branches = list(execution.branches)
    branches[index] = _begin(branches[index].step, execution.own_authorisation)
    again = execution._replace(branches=tuple(branches))
    caught = routing().catch_target(execution.state)
    return (again, enter(caught, execution.own_authorisation)) if caught else (again,)


def moves_of_the_world(shared: SharedState, guards: ActiveGuards) -> Iterator[tuple[str, SharedState]]:
    """Yields what happens without any execution: the customer, a delivery of stock, the payment provider.

    A customer who read the order at the very beginning may write at any later time. So a cancellation is one
    action, the transaction, which may happen any number of times.
    """
    may = shared.order in (Status.PENDING, Status.CONFIRMED)
    if guards.passes(Guard.CANCEL_ORDER, may) and guards.passes(
        Guard.CANCEL_SHIPMENT, shared.shipment is None
    ):
        yield "cancels the order", shared.moved_to(Status.CANCELLING)
    if shared.stock.received < UNITS_TO_COME:
        more = shared.stock
        for _ in range(UNITS_TO_COME):
            more = after(more, RECEIVE) or more
        yield "units arrive", shared._replace(stock=more)
    yield from providers.spontaneous_changes(shared)


def _begin(task: str, own_authorisation: str) -> Action:
    assert task in PLANS, f"the model has no step for the state {task}"
    return Action(task, read, learned=own_authorisation)
