"""The kinds of faults, and to which calls each applies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.support.backend import Backend
from tests.support.faults import (
    Conflict,
    NotProcessed,
    ResponseLost,
    Throttled,
    Unavailable,
    crash,
    die,
    fail,
)
from tests.support.injection_points import (
    Action,
    Call,
    InjectionPoint,
    Interruption,
    When,
    after_place,
    before_place,
)

Inject = Callable[[Backend, int], Interruption]

# These calls have another effect if they are repeated.
_NOT_RETRIED = ("sfn.StartSyncExecution", "sesv2.SendEmail")


class Kind(NamedTuple):
    """A kind of fault: what it does at a call, and to which calls it applies."""

    name: str
    meaning: str
    applies_to: Callable[[Call], bool]
    inject: Inject
    """Registers the fault at the call with this place."""


def in_saga(call: Call) -> bool:
    """Returns whether a step of the state machine makes the call."""
    return call.step.state[0].isupper()


def of_the_customer(call: Call) -> bool:
    """Returns whether it is a request of the client."""
    return call.target.startswith("http.")


def of_a_provider(call: Call) -> bool:
    """Returns whether it goes to a provider or a partner. There, throttling equals unavailability."""
    return call.target.startswith(("payments.", "shipping.", "webhooks."))


def sent_again(call: Call) -> bool:
    """Returns whether the SDK retries it."""
    return not (of_the_customer(call) or of_a_provider(call) or call.target in _NOT_RETRIED)


def writes(call: Call) -> bool:
    """Returns whether it writes to the table."""
    operation = call.target.removeprefix("dynamodb.")
    return operation in ("DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem")


def _any(call: Call) -> bool:
    return True


def _before(action: Action, times: int | None = 1) -> Inject:
    return lambda shop, place: shop.calls.at(before_place(place), action, times=times)


def _after(action: Action, times: int | None = 1) -> Inject:
    return lambda shop, place: shop.calls.at(after_place(place), action, times=times)


def _process_in_part(shop: Backend, place: int) -> Interruption:
    at = _CallAt(place)

    def process_in_part() -> None:
        if at.call.target == "eventbridge.PutEvents":
            shop.bus.refuse_one()
        else:
            raise NotProcessed

    return shop.calls.at(lambda point: at.matches(point) and point.when is When.BEFORE, process_in_part)


def _keep_failing(shop: Backend, place: int) -> Interruption:
    at = _CallAt(place)

    def again(point: InjectionPoint) -> bool:
        """The call, and the same call of the same state in this execution at each retry."""
        if point.when is not When.BEFORE or point.call is None or point.call.place < place:
            return False
        return at.matches(point) or (at.was_made and _what(point.call) == _what(at.call))

    return shop.calls.at(again, fail(Unavailable), times=None)


def _keep_conflicting(shop: Backend, place: int) -> Interruption:
    at = _CallAt(place)

    def again(point: InjectionPoint) -> bool:
        """The call, and each later one of the same invocation to the same target."""
        if point.when is not When.BEFORE or point.call is None:
            return False
        return at.matches(point) or (
            at.was_made and (point.call.step, point.call.target) == (at.call.step, at.call.target)
        )

    return shop.calls.at(again, fail(Conflict), times=None)


def _time_out(shop: Backend, place: int) -> Interruption:
    at = _CallAt(place)

    def where(point: InjectionPoint) -> bool:
        return at.matches(point) and point.when is (When.AFTER if in_saga(at.call) else When.BEFORE)

    return shop.calls.at(where, lambda: die() if in_saga(at.call) else crash())


class _CallAt:
    """The call with a given place, once it is made."""

    def __init__(self, place: int) -> None:
        self._place = place
        self.was_made = False
        self.call: Call

    def matches(self, point: InjectionPoint) -> bool:
        """Returns whether this is the call."""
        if point.call is None or point.call.place != self._place:
            return False
        self.call, self.was_made = point.call, True
        return True


def _what(call: Call) -> tuple[str, str, str]:
    return call.step.execution, call.step.state, call.target


KINDS = (
    Kind("fails", "the call fails once, before it takes effect", _any, _before(fail(Unavailable))),
    Kind("fails-on", "it fails at every attempt of the SDK", sent_again, _before(fail(Unavailable), None)),
    Kind(
        "keeps-failing",
        "it fails at every attempt of the state machine, until the execution fails",
        in_saga,
        _keep_failing,
    ),
    Kind("lost", "it takes effect, and its response is lost once", _any, _after(fail(ResponseLost))),
    Kind(
        "lost-on",
        "it takes effect, and the response to every attempt of the SDK is lost",
        sent_again,
        _after(fail(ResponseLost), None),
    ),
    Kind(
        "throttled",
        "it is throttled once",
        lambda call: not of_a_provider(call),
        _before(fail(Throttled)),
    ),
    Kind(
        "throttled-on",
        "it is throttled at every attempt of the SDK",
        sent_again,
        _before(fail(Throttled), None),
    ),
    Kind("conflict", "a competing transaction makes the write fail", writes, _before(fail(Conflict))),
    Kind(
        "conflict-on",
        "a competing transaction makes every attempt of the invocation fail",
        writes,
        _keep_conflicting,
    ),
    Kind(
        "in-part",
        "it succeeds, and part of its batch is not processed",
        lambda call: (
            call.target in ("eventbridge.PutEvents", "dynamodb.BatchGetItem", "dynamodb.BatchWriteItem")
        ),
        _process_in_part,
    ),
    Kind("dies", "the process dies after it", _any, _after(crash)),
    Kind(
        "times-out",
        "the state machine times out after it; elsewhere it hangs until its function times out",
        lambda call: not of_the_customer(call),
        _time_out,
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}


def applicable(call: Call) -> Iterator[Kind]:
    """Returns the kinds that apply to a call."""
    return (kind for kind in KINDS if kind.applies_to(call))
