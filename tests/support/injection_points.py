"""The moments of an execution at which something can be made to happen.

    saga.at(after("Reserve stock"), die)                       the execution is lost there
    saga.at(before_call(7), fail(Throttled))                   the 7th call is refused once
    saga.at(after_call(7), fail(AnswerLost), times=None)       it takes effect, but no answer ever comes
    saga.at(before("Book shipment"), lambda: cancel(order))    somebody else acts in between

What else can happen there is in `tests.support.faults`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple


class When(Enum):
    """On which side of a step or a call."""

    BEFORE = auto()
    AFTER = auto()


class Step(NamedTuple):
    """One call of a step's handler by the state machine, or of any other function."""

    execution: str
    """The execution's name; that of the function and its call's number (`place_order-2`), outside of one."""
    state: str
    """The state; the function's name (`place_order`), outside of an execution."""
    visit: int
    """1 for the first time this execution is in this state."""
    attempt: int
    """1, and more where the state's Retry calls again."""


class Call(NamedTuple):
    """One call that a step makes: to AWS, or to a provider."""

    step: Step
    number: int
    """Its place among the calls of its execution, from 1; the SDK's own retries keep it."""
    target: str
    """`dynamodb.TransactWriteItems`, `payments.capture`, `shipping.book`."""
    attempt: int
    """1, and more where the SDK tries again."""
    place: int
    """Its place among all calls since the harness began anew, from 1; the SDK's own retries keep it."""


class Moment(NamedTuple):
    """Where an execution is just now: at a step or, within it, at a call."""

    when: When
    step: Step
    call: Call | None


Where = Callable[[Moment], bool]
Action = Callable[[], object]


@dataclass
class Interruption:
    """An action that waits for its moment. `fired` counts how often it came."""

    where: Where
    action: Action
    times: int | None
    fired: int = 0

    def is_due(self, moment: Moment) -> bool:
        """Whether to act now."""
        return (self.times is None or self.fired < self.times) and self.where(moment)


def before(state: str, visit: int | None = None) -> Where:
    """Just before the handler of `state` is called (at its nth visit, if one is given)."""
    return _at_step(When.BEFORE, state, visit)


def after(state: str, visit: int | None = None) -> Where:
    """Just after the handler of `state` has answered, before the state machine hears of it."""
    return _at_step(When.AFTER, state, visit)


def before_call(number: int | None = None, *, to: str | None = None) -> Where:
    """Just before the nth call of an execution goes out, or one to a target (`payments.void`)."""
    return _at_call(When.BEFORE, number, to)


def after_call(number: int | None = None, *, to: str | None = None) -> Where:
    """Just after such a call took effect, before its caller hears of it."""
    return _at_call(When.AFTER, number, to)


def before_place(place: int) -> Where:
    """Just before the call of that place among all calls goes out, at every try of the SDK's."""
    return _at_place(When.BEFORE, place)


def after_place(place: int) -> Where:
    """Just after it took effect, at every try of the SDK's, before its caller hears of it."""
    return _at_place(When.AFTER, place)


def _at_place(when: When, place: int) -> Where:
    return lambda moment: moment.call is not None and (moment.when, moment.call.place) == (when, place)


def _at_step(when: When, state: str, visit: int | None) -> Where:
    def where(moment: Moment) -> bool:
        step = moment.step
        here = moment.call is None and (moment.when, step.state) == (when, state)
        return here and visit in (None, step.visit)

    return where


def _at_call(when: When, number: int | None, target: str | None) -> Where:
    def where(moment: Moment) -> bool:
        call = moment.call
        if call is None or moment.when is not when:
            return False
        return number in (None, call.number) and target in (None, call.target)

    return where
