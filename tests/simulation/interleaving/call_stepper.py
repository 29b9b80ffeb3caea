"""Runs functions one call at a time, from any state of the tables.

If a function has no state between its calls, its next call depends only on the responses to its earlier
calls. So it can be paused before a call and continued later: it is run again from its beginning, and its
earlier calls get their recorded responses. This needs no threads. A
function is run once for each sequence of responses that it can get, and a request is made once in each state,
whichever function makes it.

The clock must not move during this, so that a request is the same whenever it is made.
"""

import json
from collections.abc import Callable, Hashable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import msgspec
from moto.dynamodb.models import dynamodb_backends

from tests.support.calls import Calls
from tests.support.environment import ACCOUNT, REGION
from tests.support.world import World

Responses = tuple[int, ...]
"""The responses to a function's calls so far, by their numbers."""

# The sandbox counts authorisations only for these tokens, and only the first few matter.
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
    then: Responses | Returned | Raised
    """Where the function is afterwards: before another call, or at its end."""
    target: str
    """Of the call; empty if the function ended without another call."""


class States(Protocol):
    """The states between two calls, by name."""

    def note(self) -> str:
        """Keep the present state. Returns its name."""
        ...

    def restore(self, state: str) -> None:
        """Bring a state back."""
        ...


class Tables:
    """The states of the tables so far. The name of a state stands for its complete content."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: dict[str, dict[str, Any]] = {}

    def note(self) -> str:
        """Keep the present state. Returns its name."""
        held = [*self._world.items(), *map(_counted, self._world.provider_records())]
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
    """Raised when the function is about to make a new call. No handler can catch this."""


@dataclass
class CallStepper:
    """Runs tasks one call at a time. A task's name identifies its behaviour."""

    calls: Calls
    states: States
    tasks: Mapping[Hashable, Callable[[], Any]]
    _following: dict[tuple[Hashable, Responses], Request | Returned | Raised] = field(default_factory=dict)
    _effects: dict[tuple[str, str, str], tuple[str, int]] = field(default_factory=dict)
    """(state, target, parameters) → the state that follows, and the number of the response."""
    _responses: list[Returned | Raised] = field(default_factory=list)
    _targets: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def next(self, state: str, task: Hashable, responses: Responses = ()) -> Move:
        """Returns what the next call of a task does in a state, after these responses to earlier calls."""
        following = self._after(task, responses)
        if not isinstance(following, Request):
            return Move(state, following, "")
        after, number = self._effect(state, following)
        then = self._after(task, (*responses, number))
        return Move(after, (*responses, number) if isinstance(then, Request) else then, following.target)

    def paused_before(self) -> set[tuple[Hashable, tuple[str, ...]]]:
        """Returns each task with the targets of its calls, up to the call before which it was paused."""
        return {
            (task, (*(self._targets[number] for number in responses), following.target))
            for (task, responses), following in self._following.items()
            if isinstance(following, Request)
        }

    def _after(self, task: Hashable, responses: Responses) -> Request | Returned | Raised:
        """Returns what a task does after these responses: it makes another call, or it ends."""
        if (task, responses) not in self._following:
            self._following[task, responses] = self._run(task, responses)
        return self._following[task, responses]

    def _run(self, task: Hashable, responses: Responses) -> Request | Returned | Raised:
        recorded = iter(responses)
        request: Request | None = None

        def intercept(target: str, parameters: str, make: Callable[[], Any]) -> Any:
            nonlocal request
            number = next(recorded, None)
            if number is None:
                request = Request(target, parameters, make)
                raise _Pause
            response = self._responses[number]
            if isinstance(response, Raised):
                raise response.error
            return response.value

        with self.calls.intercepted(intercept):
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
            self.states.restore(state)
            response: Returned | Raised
            try:
                response = Returned(request.make())
            except Exception as error:
                response = Raised(error)
            self._effects[known] = self.states.note(), self._number(request.target, response)
        return self._effects[known]

    def _number(self, target: str, response: Returned | Raised) -> int:
        known_by = f"{target} {_content(response)}"
        if known_by not in self._numbers:
            self._numbers[known_by] = len(self._responses)
            self._responses.append(response)
            self._targets.append(target)
        return self._numbers[known_by]


def _tables() -> Mapping[str, Any]:
    tables: Mapping[str, Any] = dynamodb_backends[ACCOUNT][REGION].tables
    return tables


def _counted(page: Mapping[str, Any]) -> Mapping[str, Any]:
    count = min(page.get("calls", 0), _COUNT) if page.get("token") in _COUNTED else 0
    return {**page, "calls": count}


def _content(response: Returned | Raised) -> str:
    if isinstance(response, Raised):
        return f"raises {response.error!r} {_without_metadata(getattr(response.error, 'response', None))}"
    return json.dumps(_without_metadata(msgspec.to_builtins(response.value)), sort_keys=True)


def _without_metadata(response: Any) -> Any:
    """Returns a response without the id and the time of its request."""
    if isinstance(response, dict):
        return {name: each for name, each in response.items() if name != "ResponseMetadata"}
    return response
