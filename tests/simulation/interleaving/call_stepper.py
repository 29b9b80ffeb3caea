"""Runs functions one call at a time, from any state of the tables.

A function that keeps nothing between its calls is defined, before its next call, by the answers to its calls
so far. So it can be paused there and continued later, whatever else has happened since: it is run again from
its beginning, and its earlier calls get their recorded answers. This needs no threads. A function is run once
for each row of answers that it can get, and a request is made once in each state, whoever makes it.

The clock must stand still meanwhile, so that a request is the same whenever it is made.
"""

import json
from collections.abc import Callable, Hashable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
from moto.dynamodb.models import dynamodb_backends

from tests.support.calls import Calls
from tests.support.environment import ACCOUNT, REGION
from tests.support.world import World

Answers = tuple[int, ...]
"""The answers to a function's calls so far, by their numbers."""

# The sandbox counts authorisations for these tokens alone, and no further than this.
_COUNTED, _COUNT = ("tok_timeout", "tok_flaky"), 3


class Returned(NamedTuple):
    """The call, or the function, has returned."""

    value: Any


class Raised(NamedTuple):
    """The call, or the function, has raised."""

    error: Exception


class Move(NamedTuple):
    """What the next call of a function leads to."""

    state: str
    then: Answers | Returned | Raised
    """Where the function is afterwards: before another call, or at its end."""
    target: str
    """Of the call; empty if the function ended without another call."""


class Tables:
    """The states in which the tables have been. A state is named by all that it holds."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: dict[str, dict[str, Any]] = {}

    def note(self) -> str:
        """Keep the present state; returns its name."""
        held = [*self._world.items(), *map(_counted, self._world.pages())]
        state = json.dumps(held, sort_keys=True, default=str)
        self._kept.setdefault(state, {name: table.items for name, table in _tables().items()})
        return state

    def restore(self, state: str) -> None:
        """Bring a state back, as a copy: moto changes items in place."""
        for name, table in _tables().items():
            table.items = deepcopy(self._kept[state][name])


class Request(NamedTuple):
    """A call that a function is about to make."""

    target: str
    parameters: str
    make: Callable[[], Any]


class _Pause(BaseException):
    """The function is about to make a new call. No handler can catch this."""


@dataclass
class CallStepper:
    """Runs tasks one call at a time. A task's name stands for all that it does."""

    calls: Calls
    tables: Tables
    tasks: Mapping[Hashable, Callable[[], Any]]
    _following: dict[tuple[Hashable, Answers], Request | Returned | Raised] = field(default_factory=dict)
    _effects: dict[tuple[str, str, str], tuple[str, int]] = field(default_factory=dict)
    """(state, target, parameters) → the state that follows, and the number of the answer."""
    _answers: list[Returned | Raised] = field(default_factory=list)
    _targets: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def next(self, state: str, task: Hashable, heard: Answers = ()) -> Move:
        """What the next call of a task does in a state, after these answers to its earlier calls."""
        following = self._after(task, heard)
        if not isinstance(following, Request):
            return Move(state, following, "")
        after, number = self._effect(state, following)
        then = self._after(task, (*heard, number))
        return Move(after, (*heard, number) if isinstance(then, Request) else then, following.target)

    def paused_before(self) -> set[tuple[Hashable, tuple[str, ...]]]:
        """Each task with the targets of its calls, up to the one before which it was paused."""
        return {
            (task, (*(self._targets[number] for number in heard), following.target))
            for (task, heard), following in self._following.items()
            if isinstance(following, Request)
        }

    def _after(self, task: Hashable, heard: Answers) -> Request | Returned | Raised:
        """What a task does once its calls were answered so: it makes another call, or it ends."""
        if (task, heard) not in self._following:
            self._following[task, heard] = self._run(task, heard)
        return self._following[task, heard]

    def _run(self, task: Hashable, heard: Answers) -> Request | Returned | Raised:
        recorded = iter(heard)
        request: Request | None = None

        def lead(target: str, parameters: str, make: Callable[[], Any]) -> Any:
            nonlocal request
            number = next(recorded, None)
            if number is None:
                request = Request(target, parameters, make)
                raise _Pause
            answer = self._answers[number]
            if isinstance(answer, Raised):
                raise answer.error
            return answer.value

        with self.calls.led(lead):
            try:
                return Returned(self.tasks[task]())
            except _Pause:
                assert request is not None
                return request
            except Exception as error:
                return Raised(error)

    def _effect(self, state: str, request: Request) -> tuple[str, int]:
        known = state, request.target, request.parameters
        if known not in self._effects:
            self.tables.restore(state)
            answer: Returned | Raised
            try:
                answer = Returned(request.make())
            except Exception as error:
                answer = Raised(error)
            self._effects[known] = self.tables.note(), self._number(request.target, answer)
        return self._effects[known]

    def _number(self, target: str, answer: Returned | Raised) -> int:
        known_by = f"{target} {_content(answer)}"
        if known_by not in self._numbers:
            self._numbers[known_by] = len(self._answers)
            self._answers.append(answer)
            self._targets.append(target)
        return self._numbers[known_by]


def _tables() -> Mapping[str, Any]:
    tables: Mapping[str, Any] = dynamodb_backends[ACCOUNT][REGION].tables
    return tables


def _counted(page: Mapping[str, Any]) -> Mapping[str, Any]:
    count = min(page.get("calls", 0), _COUNT) if page.get("token") in _COUNTED else 0
    return {**page, "calls": count}


def _content(answer: Returned | Raised) -> str:
    if isinstance(answer, Raised):
        return f"raises {answer.error!r} {_without_metadata(getattr(answer.error, 'response', None))}"
    return json.dumps(_without_metadata(msgspec.to_builtins(answer.value)), sort_keys=True)


def _without_metadata(answer: Any) -> Any:
    """An answer without the id and the time of its request."""
    if isinstance(answer, dict):
        return {name: each for name, each in answer.items() if name != "ResponseMetadata"}
    return answer
