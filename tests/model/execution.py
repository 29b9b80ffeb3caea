"""Executions: actions joined by the state machine's own table, and all that may befall them.

An execution that died and one that was never started are the same: "Load order" lies before both. So
the queue's redelivery needs no state, and an execution may die, and its message come back, without end.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ordering.order import Status
from ordering.outcome import Outcome
from ordering.stock import RECEIVE
from stacks.state_machine import BOOKING, BOTH_DONE, CAPTURE, ENDED, FAILURES, FULFIL, STEPS, Undo
from tests.model import providers
from tests.model.fences import Fence, Fences
from tests.model.shop import UNITS_TO_COME, Shop, after
from tests.model.steps import life_cycle, money, paying, shipment, stock
from tests.model.steps.action import FAULT, Action, Effects, Then, reading

_TABLE = {step.state: step for step in STEPS}

_READS = {
    state: reading(plan)
    for state, plan in {
        "Load order": life_cycle.plan_load,
        "Reserve stock": stock.plan_reserve,
        "Authorise payment": paying.plan_authorise,
        "Confirm order": life_cycle.plan_confirm,
        CAPTURE[0]: money.plan_capture,
        BOOKING[0]: shipment.plan_book,
        "Authorise again": paying.plan_again,
        "Complete order": life_cycle.plan_complete,
        "Reject order": life_cycle.plan_reject,
        "Turn back": life_cycle.plan_turn_back,
        "Cancel shipment": shipment.plan_cancel,
        "Void or refund payment": money.plan_settle,
        "Release stock": stock.plan_release,
        "Close order": life_cycle.plan_close,
    }.items()
}


class Done(NamedTuple):
    """A branch of "Fulfil" that waits for the other."""

    step: str
    outcome: str


class Execution(NamedTuple):
    """What an execution is about to do: one action, or one of each branch of "Fulfil"."""

    branches: tuple[Action | Done, ...]
    heard: str = ""
    """Whether its own payment was authorised, for those that would go by that."""


class Move(NamedTuple):
    """One thing that may happen to an execution."""

    says: str
    execution: Execution
    late: tuple[Action, ...] | None
    """What goes on without it: actions of steps that nobody waits for any more. None: nothing new."""
    shop: Shop


def enter(state: str, heard: str = "") -> Execution:
    """An execution at the beginning of a state. At an end it is as one that is yet to start."""
    if state == ENDED or state in FAILURES:
        return START
    tasks = (CAPTURE[0], BOOKING[0]) if state == FULFIL else (state,)
    return Execution(tuple(Action(task, _READS[task], learnt=heard) for task in tasks), heard)


START = Execution((Action("Load order", _READS["Load order"]),))


def moves(execution: Execution, shop: Shop, effects: Effects) -> Iterator[Move]:
    """Everything that may happen to an execution next."""
    if execution != START:
        yield Move("dies", START, None, shop)
        yield Move("dies; what it was about to do is done late", START, _under_way(execution), shop)
    for index, action in enumerate(execution.branches):
        if isinstance(action, Done):
            continue
        again = tried_again(execution, index)
        for effect in effects.of(action, shop):
            late = (action,) if effect.on_its_way else None
            if effect.then is FAULT:
                for other in again:
                    yield Move(f"{action.step}: {effect.says}; a fault", other, late, effect.shop)
            else:
                then = advance(execution, index, effect.then, effects.fences)
                yield Move(f"{action.step}: {effect.says}", then, late, effect.shop)
        for other in again:
            yield Move(f"{action.step}: a fault", other, None, shop)
            yield Move(f"{action.step}: a fault; the first try is done late", other, (action,), shop)


def in_peace(execution: Execution, shop: Shop, effects: Effects) -> Iterator[tuple[Execution, Shop]]:
    """What happens next to an execution that nobody disturbs and whose every call is answered."""
    for index, action in enumerate(execution.branches):
        if isinstance(action, Done):
            continue
        for effect in effects.of(action, shop):
            if effect.then is FAULT:
                for other in (*tried_again(execution, index), START):
                    yield other, effect.shop
            elif not effect.injected:
                yield advance(execution, index, effect.then, effects.fences), effect.shop


def advance(execution: Execution, index: int, then: Then, fences: Fences) -> Execution:
    """The execution after an action of one of its branches. Raises LookupError for an unknown outcome."""
    assert then is not FAULT
    branches = list(execution.branches)
    step = branches[index].step
    if isinstance(then, Action):
        branches[index] = then
        return execution._replace(branches=tuple(branches))
    if len(branches) > 1:
        branches[index] = Done(step, then)
        ended = [branch.outcome for branch in branches if isinstance(branch, Done)]
        if len(ended) < len(branches):
            return execution._replace(branches=tuple(branches))
        return enter(_both_done(*ended), execution.heard)
    row = _TABLE[step]
    if isinstance(row, Undo):
        return enter(row.next, execution.heard)
    goes_by_that = then == Outcome.AUTHORISED and not fences.stand(Fence.UNDO_LEDGER)
    return enter(row.outcomes[then], then if goes_by_that else execution.heard)


def late_moves(
    late: tuple[Action, ...], shop: Shop, effects: Effects
) -> Iterator[tuple[str, tuple[Action, ...], Shop]]:
    """What the steps that nobody waits for may do: each goes on to its own end, and no further."""
    for index, action in enumerate(late):
        for effect in effects.of(action, shop):
            rest = (effect.then,) if isinstance(effect.then, Action) else ()
            yield f"{action.step}: {effect.says}", late[:index] + rest + late[index + 1 :], effect.shop


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
    yield from providers.on_its_own(shop, fences)


def _both_done(capture: str, booking: str) -> str:
    for wanted_capture, wanted_booking, state in BOTH_DONE:
        if wanted_capture in (None, capture) and wanted_booking in (None, booking):
            return state
    raise LookupError(f"capture {capture}, booking {booking}")


def tried_again(execution: Execution, index: int) -> tuple[Execution, ...]:
    """After a fault: the step from its start; and a compensation may be given up for the next one."""
    step = execution.branches[index].step
    branches = list(execution.branches)
    branches[index] = Action(step, _READS[step], learnt=execution.heard)
    again = execution._replace(branches=tuple(branches))
    row = _TABLE.get(step)
    return (again, enter(row.next, execution.heard)) if isinstance(row, Undo) else (again,)


def _under_way(execution: Execution) -> tuple[Action, ...]:
    return tuple(branch for branch in execution.branches if isinstance(branch, Action))
