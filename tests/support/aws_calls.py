"""Every call of AWS that is made while a test runs, and those that are to go otherwise.

    calls.next("TransactWriteItems", contended)          the next one is answered so, and not sent
    calls.next("TransactWriteItems", sent_twice)         the SDK sends it again, having lost the answer
    calls.always("StartSyncExecution", machine)          a fake serves them all: moto lacks this one
    calls.made("BatchGetItem")                           the parameters of each that was made

It stands where a client hands a call over, so that errors are botocore's own, made by hand.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from tests.support import least_privilege

Parameters = Mapping[str, Any]
Send = Callable[[], Any]
Turn = Callable[[Parameters, Send], Any]


class AwsCalls:
    """The calls, in order. Whatever a turn does with it, a call must have parameters that AWS would take."""

    def __init__(self) -> None:
        self._made: list[tuple[str, Parameters, BaseClient]] = []
        self._next: defaultdict[str, deque[Turn]] = defaultdict(deque)
        self._always: dict[str, Turn] = {}

    def next(self, operation: str, turn: Turn, *, times: int = 1) -> None:
        """Let the next calls of an operation go as `turn` says; those after it are sent as usual."""
        self._next[operation] += [turn] * times

    def always(self, operation: str, turn: Turn) -> None:
        """Let all calls of an operation go as `turn` says."""
        self._always[operation] = turn

    def made(self, operation: str) -> list[Parameters]:
        """The parameters of each call of an operation."""
        return [parameters for name, parameters, _ in self._made if name == operation]

    def config(self, operation: str) -> Any:
        """The configuration of the client that made the calls of an operation."""
        return next(client.meta.config for name, _, client in self._made if name == operation)

    def _go(self, client: BaseClient, operation: str, parameters: Parameters, send: Send) -> Any:
        self._made.append((operation, parameters, client))
        turns = self._next[operation]
        turn = turns.popleft() if turns else self._always.get(operation)
        if turn is None:
            return send()
        shape = client.meta.service_model.operation_model(operation).input_shape
        if shape:
            report = ParamValidator().validate(parameters, shape)
            assert not report.has_errors(), report.generate_report()
        return turn(parameters, send)


def listen(monkeypatch: pytest.MonkeyPatch) -> AwsCalls:
    """Listen to every client of this process, for one test."""
    calls = AwsCalls()
    seam = "_make_api_call"
    original: Callable[..., Any] = getattr(BaseClient, seam)

    def make_api_call(client: BaseClient, operation: str, parameters: Parameters) -> Any:
        return calls._go(client, operation, parameters, lambda: original(client, operation, parameters))

    monkeypatch.setattr(BaseClient, seam, make_api_call)
    return calls


# -- turns ---------------------------------------------------------------------------------------------


def cancelled(*codes: str | None, items: Mapping[int, Mapping[str, Any]] | None = None) -> Turn:
    """A transaction that is cancelled, each of its actions with the code given (None: not to blame).

    `items` are the items that a failed condition found, as attributes, by the action's place.
    """

    def turn(parameters: Parameters, send: Send) -> Any:
        reasons = [{"Code": code or "None", "Message": code} for code in codes]
        reasons += [{"Code": "None"}] * (len(parameters["TransactItems"]) - len(reasons))
        for place, item in (items or {}).items():
            reasons[place]["Item"] = item  # type: ignore[assignment]
        raise client_error("TransactionCanceledException", "TransactWriteItems", CancellationReasons=reasons)

    return turn


contended = cancelled("TransactionConflict")
"""A rival transaction is in the way of the first action."""


def fails(code: str) -> Turn:
    """A call that fails as a whole."""

    def turn(parameters: Parameters, send: Send) -> Any:
        raise client_error(code, "Call")

    return turn


def sent_twice(parameters: Parameters, send: Send) -> Any:
    """A call that succeeds, whose answer is lost, and which the SDK sends again."""
    send()
    return send()


def and_then(action: Callable[[], object]) -> Turn:
    """A call after which something else happens before its caller goes on."""

    def turn(parameters: Parameters, send: Send) -> Any:
        answer = send()
        with least_privilege.within(None):
            action()
        return answer

    return turn


def before_it(action: Callable[[], object]) -> Turn:
    """A call before which something else happens, after its caller has decided to make it."""

    def turn(parameters: Parameters, send: Send) -> Any:
        with least_privilege.within(None):
            action()
        return send()

    return turn


def client_error(code: str, operation: str, **more: Any) -> ClientError:
    """An error as botocore raises it."""
    response: Any = {"Error": {"Code": code, "Message": f"{code}, made by hand"}, **more}
    return ClientError(response, operation)
