"""The kinds of faults, and to which calls each applies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.support.backend import Backend
from tests.support.faults import (
    AnswerLost,
    Conflict,
    LeftUndone,
    Throttled,
    Unavailable,
    crash,
    die,
    fail,
)
from tests.support.injection_points import Action, Call, Interruption, Moment, When, after_place, before_place

Strike = Callable[[Backend, int], Interruption]

# To ask for these twice is to have them done twice.
_ASKED_ONCE = ("sfn.StartSyncExecution", "sesv2.SendEmail")


class Kind(NamedTuple):
    """A kind of fault: what it does at a call, and which calls it can befall."""

    name: str
    meaning: str
    befalls: Callable[[Call], bool]
    strike: Strike
    """Lets it wait for the call of a place."""


def in_saga(call: Call) -> bool:
    """Whether a step of the state machine makes the call."""
    return call.step.state[0].isupper()


def of_the_customer(call: Call) -> bool:
    """Whether it is a request of the client's."""
    return call.target.startswith("http.")


def of_a_provider(call: Call) -> bool:
    """Whether it goes to a provider. Being throttled and being unavailable look alike there."""
    return call.target.startswith(("payments.", "shipping."))


def sent_again(call: Call) -> bool:
    """Whether the SDK sends it again when it fails."""
    return not (of_the_customer(call) or of_a_provider(call) or call.target in _ASKED_ONCE)


def writes(call: Call) -> bool:
    """Whether it writes to the table."""
    operation = call.target.removeprefix("dynamodb.")
    return operation in ("DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem")


def _any(call: Call) -> bool:
    return True


def _before(action: Action, times: int | None = 1) -> Strike:
    return lambda shop, place: shop.calls.at(before_place(place), action, times=times)


def _after(action: Action, times: int | None = 1) -> Strike:
    return lambda shop, place: shop.calls.at(after_place(place), action, times=times)


def _leave_undone(shop: Backend, place: int) -> Interruption:
    met = _Met(place)

    def leave() -> None:
        if met.call.target == "eventbridge.PutEvents":
            shop.bus.refuse_one()
        else:
            raise LeftUndone

    return shop.calls.at(lambda moment: met.comes(moment) and moment.when is When.BEFORE, leave)


def _keep_failing(shop: Backend, place: int) -> Interruption:
    met = _Met(place)

    def again(moment: Moment) -> bool:
        """The call, and the same call of the same state in this execution whenever it is tried again."""
        if moment.when is not When.BEFORE or moment.call is None or moment.call.place < place:
            return False
        return met.comes(moment) or (met.came and _what(moment.call) == _what(met.call))

    return shop.calls.at(again, fail(Unavailable), times=None)


def _time_out(shop: Backend, place: int) -> Interruption:
    met = _Met(place)

    def where(moment: Moment) -> bool:
        return met.comes(moment) and moment.when is (When.AFTER if in_saga(met.call) else When.BEFORE)

    return shop.calls.at(where, lambda: die() if in_saga(met.call) else crash())


class _Met:
    """The call of a place, once it comes."""

    def __init__(self, place: int) -> None:
        self._place = place
        self.came = False
        self.call: Call

    def comes(self, moment: Moment) -> bool:
        """Whether it is there."""
        if moment.call is None or moment.call.place != self._place:
            return False
        self.call, self.came = moment.call, True
        return True


def _what(call: Call) -> tuple[str, str, str]:
    return call.step.execution, call.step.state, call.target


KINDS = (
    Kind("fails", "it fails once before it takes effect", _any, _before(fail(Unavailable))),
    Kind("fails-on", "so does every try of the SDK's", sent_again, _before(fail(Unavailable), None)),
    Kind(
        "keeps-failing",
        "so does every try of the state machine's, until the execution fails",
        in_saga,
        _keep_failing,
    ),
    Kind("lost", "it takes effect, and its answer is lost once", _any, _after(fail(AnswerLost))),
    Kind("lost-on", "so is the answer of every try of the SDK's", sent_again, _after(fail(AnswerLost), None)),
    Kind(
        "throttled",
        "it is throttled once",
        lambda call: not of_a_provider(call),
        _before(fail(Throttled)),
    ),
    Kind("throttled-on", "so is every try of the SDK's", sent_again, _before(fail(Throttled), None)),
    Kind("conflict", "a rival transaction is in the way of a write", writes, _before(fail(Conflict))),
    Kind(
        "in-part",
        "the call succeeds, and part of its batch is left undone",
        lambda call: (
            call.target in ("eventbridge.PutEvents", "dynamodb.BatchGetItem", "dynamodb.BatchWriteItem")
        ),
        _leave_undone,
    ),
    Kind("dies", "the process dies after it", _any, _after(crash)),
    Kind(
        "times-out",
        "the state machine's time is up after it; elsewhere it hangs, and its function's time is up",
        lambda call: not of_the_customer(call),
        _time_out,
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}


def applicable(call: Call) -> Iterator[Kind]:
    """The kinds that can befall a call."""
    return (kind for kind in KINDS if kind.befalls(call))
