"""The points of an execution at which an action can be injected: before and after each step and each call.

    saga.at(after("Reserve stock"), die)                       the execution is lost there
    saga.at(before_call(7), fail(Throttled))                   the 7th call is throttled once
    saga.at(after_call(7), fail(ResponseLost), times=None)     it takes effect, but no response ever arrives
    saga.at(before("Book shipment"), lambda: cancel(order))    the customer cancels in between

The faults are in `tests.support.faults`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple


class When(Enum):
    """Before or after a step or a call."""

    BEFORE = auto()
    AFTER = auto()


class Step(NamedTuple):
    """One call of a step's handler by the state machine, or of any other function."""

    execution: str
    """The execution's name; outside of one, the function's name and its call's number (`place_order-2`)."""
    state: str
    """The state; outside of an execution, the function's name (`place_order`)."""
    visit: int
    """The number of the visit: 1 when the execution enters this state for the first time."""
    attempt: int
    """1, or more for a retry of the state."""


class Call(NamedTuple):
    """One call that a step makes: to AWS, or to a provider."""

    step: Step
    number: int
    """Its place among the calls of its execution, from 1; the same for the SDK's retries."""
    target: str
    """`dynamodb.TransactWriteItems`, `payments.capture`, `shipping.book`."""
    attempt: int
    """1, or more for a retry of the SDK."""
    place: int
    """Its place among all calls since the test began, from 1; the same for the SDK's retries."""


class InjectionPoint(NamedTuple):
    """A point of an execution: before or after a step or, within it, a call."""

    when: When
    step: Step
    call: Call | None


Where = Callable[[InjectionPoint], bool]
Action = Callable[[], object]


@dataclass
class Interruption:
    """An action for an injection point. `fired` counts how often it was performed."""

    where: Where
    action: Action
    times: int | None
    fired: int = 0

    def is_due(self, point: InjectionPoint) -> bool:
        """Returns whether to act now."""
        return (self.times is None or self.fired < self.times) and self.where(point)


def before(state: str, visit: int | None = None) -> Where:
    """Just before the handler of `state` is called (at its nth visit, if one is given)."""
    return _at_step(When.BEFORE, state, visit)


def after(state: str, visit: int | None = None) -> Where:
    """Just after the handler of `state` has returned, before the state machine gets the result."""
    return _at_step(When.AFTER, state, visit)


def before_call(number: int | None = None, *, to: str | None = None) -> Where:
    """Just before the nth call of an execution is sent, or one to a target (`payments.void`)."""
    return _at_call(When.BEFORE, number, to)


def after_call(number: int | None = None, *, to: str | None = None) -> Where:
    """Just after such a call took effect, before its caller gets the response."""
    return _at_call(When.AFTER, number, to)


def before_place(place: int) -> Where:
    """Just before the call with this place among all calls is sent, at every attempt of the SDK."""
    return _at_place(When.BEFORE, place)


def after_place(place: int) -> Where:
    """Just after it took effect, at every attempt of the SDK, before its caller gets the response."""
    return _at_place(When.AFTER, place)


def _at_place(when: When, place: int) -> Where:
    return lambda point: point.call is not None and (point.when, point.call.place) == (when, place)


def _at_step(when: When, state: str, visit: int | None) -> Where:
    def where(point: InjectionPoint) -> bool:
        step = point.step
        here = point.call is None and (point.when, step.state) == (when, state)
        return here and visit in (None, step.visit)

    return where


def _at_call(when: When, number: int | None, target: str | None) -> Where:
    def where(point: InjectionPoint) -> bool:
        call = point.call
        if call is None or point.when is not when:
            return False
        return number in (None, call.number) and target in (None, call.target)

    return where
