"""Leads the deployed handler of a step, call by call, through transitions of the model.

A script is a sequence of transitions of one step. Before each call of the handler, the tables are set to the
shared state of its transition. So anything may have happened between two calls, without being performed.
After the last call, the tables must be equal to the shared state that the model predicts, and the handler
must continue as the model predicts.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple
from unittest.mock import patch

from ordering.domain.payment import PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.dynamodb.client import Table, TransactionCancelled
from ordering.providers.faults import GatewayTimeout, GatewayUnavailable
from ordering.providers.sandbox_payments import SandboxPayments
from ordering.providers.sandbox_shipping import SandboxShipping
from ordering.repositories.orders import Orders
from tests.simulation.model.conditions import Condition, conditions_of
from tests.simulation.model.routing import handlers
from tests.simulation.model.shared_state import SharedState
from tests.simulation.model.state_fixture import Ids, build, forgotten, read_tables
from tests.simulation.model.steps.action import FAULT, Action, Effect
from tests.support import builders
from tests.support.world import invoke

CALLS = {
    "read": "load",
    "reserve": "transact",
    "look": "get",
    "release": "transact",
    "prepare": "payments.prepare",
    "open_payment": "transact",
    "authorise": "payments.authorise",
    "find_after_loss": "payments.find",
    "note_authorisation": "update",
    "capture": "payments.capture",
    "note_capture": "update",
    "void_first": "payments.void",
    "note_void": "update",
    "find": "payments.find",
    "void": "payments.void",
    "refund": "payments.refund",
    "note_settlement": "update",
    "intend": "transact",
    "book": "shipping.book",
    "note_booking": "update",
    "cancel": "shipping.cancel",
    "note_cancelled": "update",
    "confirm": "transact",
    "complete": "transact",
    "reject": "transact",
    "turn_back": "transact",
    "close": "transact",
    "close_unsettled": "transact",
}
"""The call of the code that each action of the model stands for."""

_CALL_POINTS: tuple[tuple[str, type, str], ...] = (
    ("load", Orders, "load"),
    *((name, Table, name) for name in ("transact", "update", "get")),
    *(
        (f"payments.{name}", SandboxPayments, name)
        for name in ("prepare", "authorise", "capture", "void", "refund", "find")
    ),
    *((f"shipping.{name}", SandboxShipping, name) for name in ("book", "cancel")),
)


class ModelTransition(NamedTuple):
    """In this shared state the step performs this action, with this effect."""

    shared: SharedState
    action: Action
    effect: Effect


class ScriptEnded(BaseException):
    """The script ends before the step does. No handler can catch this."""


class HandlerReplay:
    """One step of the real saga, compared with a script."""

    def __init__(self, script: Sequence[ModelTransition]) -> None:
        self._script = script
        self._at = 0
        self._inside = False
        self.differences: list[str] = []
        self.conditions: set[Condition] = set()
        """The conditions of this step's transactions."""
        self._ids = Ids()

    def perform(self) -> list[str]:
        """Lead the handler through the script. Returns the differences from the model, as sentences."""
        last = self._script[-1].effect
        try:
            with self._patched():
                answer = invoke(f"saga.{handlers()[self._script[0].action.step]}", _STATE)["outcome"]
        except ScriptEnded:
            return self.differences
        except Exception as fault:
            if last.then is not FAULT or self._at < len(self._script):
                self.differences.append(f"it raised {fault!r} after {self._at} calls, instead of {last.then}")
            return self.differences
        if self._at < len(self._script):
            self.differences.append(f"it returned {answer} after {self._at} of {len(self._script)} calls")
        elif answer != last.then:
            self.differences.append(f"it returned {answer}, not {_text(last)}")
        return self.differences

    @contextmanager
    def _patched(self) -> Iterator[None]:
        patches = [
            patch.object(kind, name, self._replayed(call, kind, name)) for call, kind, name in _CALL_POINTS
        ]
        for each in patches:
            each.start()
        try:
            yield
        finally:
            for each in patches:
                each.stop()

    def _replayed(self, call: str, kind: type, name: str) -> Callable[..., Any]:
        original = getattr(kind, name)

        def replayed(this: Any, *args: Any, **kwargs: Any) -> Any:
            # The sandboxes keep their records in a table as well, and a read of the order is one transition.
            if self._inside:
                return original(this, *args, **kwargs)
            self._inside = True
            try:
                do = partial(original, this, *args, **kwargs)
                if call == "transact":
                    self.conditions |= set(conditions_of(self._next().does.__name__, args[0]))
                return self._transition(call, do)
            finally:
                self._inside = False

        return replayed

    def _transition(self, call: str, do: partial[Any]) -> Any:
        wanted = self._next()
        if call != CALLS[wanted.does.__name__]:
            self.differences.append(f"call {self._at + 1} is {call}, not {wanted.does.__name__}")
            raise ScriptEnded
        if self._at == len(self._script):
            raise ScriptEnded
        shared, action, effect = self._script[self._at]
        self._at += 1
        build(shared, self._ids, token=self._token(), country=self._country())
        try:
            return self._do(call, do, action, effect)
        finally:
            noted = effect.shared.entry(action.attempt)
            if call == "transact" and noted and not shared.entry(action.attempt):
                # The id that is noted first gets the first name.
                self._ids.swap(noted.payment_id, action.payment_id)
            if self._at == len(self._script):
                self._compare(read_tables(self._ids), effect.shared, action)

    def _next(self) -> Action:
        if self._at < len(self._script):
            return self._script[self._at].action
        then = self._script[-1].effect.then
        if not isinstance(then, Action):
            self.differences.append(
                f"it makes another call, and does not return {_text(self._script[-1].effect)}"
            )
            raise ScriptEnded
        return then

    def _do(self, call: str, do: partial[Any], action: Action, effect: Effect) -> Any:
        if effect.injected:
            if effect.description.endswith("lost"):
                do()
            raise GatewayTimeout("the response was lost")
        if call in ("payments.void", "payments.refund") and effect.then is FAULT:
            raise GatewayUnavailable("an error")
        if isinstance(effect.then, Action) and call == "payments.prepare" and "'" in effect.then.payment_id:
            return do(key=forgotten(do.keywords["key"]))
        try:
            return do()
        except TransactionCancelled as cancelled:
            reported = {
                name: item
                for name, item in cancelled.failures.items()
                if not effect.reported or name.startswith(effect.reported)
            }
            raise TransactionCancelled(reported, cancelled.contention) from None

    def _token(self) -> str:
        """Returns the token with which the payment sandbox decides as the transition does."""
        _, action, effect = self._script[self._at - 1]
        match effect.shared.at_provider(action.payment_id):
            case PaymentStatus.DECLINED:
                return "tok_declined"
            case PaymentStatus.CAPTURE_REFUSED:
                return "tok_capture_refused"
        return "tok_ok"

    def _country(self) -> str:
        """Returns the country with which the carrier's sandbox decides so: it decides by the address that was
        read first."""
        refused = any(
            transition.effect.shared.carrier is ShipmentStatus.REFUSED for transition in self._script
        )
        return "AQ" if refused else "GB"

    def _compare(self, found: SharedState, wanted: SharedState, action: Action) -> None:
        for name in SharedState._fields:
            is_, should = getattr(found, name), getattr(wanted, name)
            if name not in ("captures", "illegal_transition") and is_ != should:
                self.differences.append(f"{action.does.__name__} leaves {name} {is_}, not {should}")


_STATE = {"orderId": builders.ORDER_ID}


def _text(effect: Effect) -> str:
    return "a fault" if effect.then is FAULT else str(effect.then)
