"""Records every call to AWS while a test runs, and replaces some of them.

    calls.next("TransactWriteItems", contended)          the next call gets this response, and is not sent
    calls.next("TransactWriteItems", sent_twice)         the SDK sends it again, because its response was lost
    calls.always("StartSyncExecution", machine)          a fake serves all of them: moto lacks this operation
    calls.at(3, and_then(dies))                          the third call from now, whatever it is
    calls.made("BatchGetItem")                           the parameters of each call that was made

The calls are intercepted in the client, so a replacement has to raise botocore's own errors.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from ordering.dynamodb import conflicts
from tests.support import client_calls, least_privilege, published_events
from tests.support.client_calls import Parameters

Send = Callable[[], Any]
Replacement = Callable[[Parameters, Send], Any]


class AwsCalls:
    """The calls, in order. The parameters of a replaced call must be valid too."""

    def __init__(self) -> None:
        self._made: list[tuple[str, Parameters, BaseClient]] = []
        self._next: defaultdict[str, deque[Replacement]] = defaultdict(deque)
        self._always: dict[str, Replacement] = {}
        self._at: dict[int, Replacement] = {}
        self.slept: list[float] = []
        """The seconds that the table would have waited after each conflict."""

    def next(self, operation: str, replacement: Replacement, *, times: int = 1) -> None:
        """Replace the next calls of an operation by `replacement`; later ones are sent as usual."""
        self._next[operation] += [replacement] * times

    def always(self, operation: str, replacement: Replacement) -> None:
        """Replace all calls of an operation by `replacement`."""
        self._always[operation] = replacement

    def at(self, number: int, replacement: Replacement) -> None:
        """Replace the nth call from now, whatever its operation is; the next call is number 1."""
        self._at[len(self._made) + number] = replacement

    def fired(self) -> bool:
        """Returns whether every call that `at` names was made; the next calls are sent as usual."""
        fired = not self._at
        self._at.clear()
        return fired

    @property
    def count(self) -> int:
        """How many calls were made."""
        return len(self._made)

    def made(self, operation: str) -> list[Parameters]:
        """Returns the parameters of each call of an operation."""
        return [parameters for name, parameters, _ in self._made if name == operation]

    def config(self, operation: str) -> Any:
        """Returns the configuration of the client that made the calls of an operation."""
        return next(client.meta.config for name, _, client in self._made if name == operation)

    def _go(self, client: BaseClient, operation: str, parameters: Parameters, send: Send) -> Any:
        self._made.append((operation, parameters, client))
        replacements = self._next[operation]
        replacement = replacements.popleft() if replacements else self._always.get(operation)
        if numbered := self._at.pop(len(self._made), None):
            served = send if replacement is None else partial(replacement, parameters, send)
            return numbered(parameters, served)
        if replacement is None:
            return send()
        shape = client.meta.service_model.operation_model(operation).input_shape
        if shape:
            report = ParamValidator().validate(parameters, shape)
            assert not report.has_errors(), report.generate_report()
        # A replaced call needs the permission too.
        least_privilege.check(client, operation, parameters)
        published_events.check(operation, parameters)
        return replacement(parameters, send)


@contextmanager
def recorded_calls() -> Iterator[AwsCalls]:
    """Record the calls of every client of this process, for the block."""
    calls = AwsCalls()

    def record(client: BaseClient, operation: str, parameters: Parameters, send: client_calls.Send) -> Any:
        return calls._go(client, operation, parameters, partial(send, parameters))

    with client_calls.intercepted(record), patch.object(conflicts, "sleep", calls.slept.append):
        yield calls


# -- replacements of calls ----------------------------------------------------------------------------


def cancelled(*codes: str | None, items: Mapping[int, Mapping[str, Any]] | None = None) -> Replacement:
    """A transaction that is cancelled, with the code of each of its actions (None: not a cause).

    `items` are the items that a failed condition found, as attributes, by the position of the action.
    """

    def replacement(parameters: Parameters, send: Send) -> Any:
        reasons = [{"Code": code or "None", "Message": code} for code in codes]
        reasons += [{"Code": "None"}] * (len(parameters["TransactItems"]) - len(reasons))
        for position, item in (items or {}).items():
            reasons[position]["Item"] = item  # type: ignore[assignment]
        raise client_error("TransactionCanceledException", "TransactWriteItems", CancellationReasons=reasons)

    return replacement


contended = cancelled("TransactionConflict")
"""A competing transaction conflicts with the first action."""

CONFLICT_ATTEMPTS = 1 + len(conflicts.DELAYS)
"""How often a write is attempted that conflicts every time."""


def fails(code: str) -> Replacement:
    """A call that fails as a whole."""

    def replacement(parameters: Parameters, send: Send) -> Any:
        raise client_error(code, "Call")

    return replacement


def sent_twice(parameters: Parameters, send: Send) -> Any:
    """A call that succeeds, whose response is lost, and which the SDK sends again."""
    send()
    return send()


def and_then(action: Callable[[], object]) -> Replacement:
    """A call that is sent. Then `action` is performed, before the caller continues."""

    def replacement(parameters: Parameters, send: Send) -> Any:
        response = send()
        with least_privilege.within(None):
            action()
        return response

    return replacement


def before_it(action: Callable[[], object]) -> Replacement:
    """A call before which `action` is performed, after the caller has decided to make the call."""

    def replacement(parameters: Parameters, send: Send) -> Any:
        with least_privilege.within(None):
            action()
        return send()

    return replacement


def client_error(code: str, operation: str, **more: Any) -> ClientError:
    """Returns an error as botocore raises it."""
    response: Any = {"Error": {"Code": code, "Message": f"{code}, made by hand"}, **more}
    return ClientError(response, operation)
