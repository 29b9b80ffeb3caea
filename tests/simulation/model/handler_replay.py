"""The real handler of a step, led call by call through moments of the model.

A script is a row of moments of one step: in this shop the step does this, and this is what comes of it.
Before each call that the handler makes, the tables are made to look as the shop of its moment: whatever may
happen between two calls has happened then, and nothing of it needs to be played. After the last they must
look as the shop that the model says it leaves, and the handler must go on as the model says.
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
from tests.simulation.model.shop import Shop
from tests.simulation.model.state_fixture import Ids, build, forgotten, shop_of_the_tables
from tests.simulation.model.steps.action import FAULT, Action, Effect
from tests.support import builders
from tests.support.world import invoke

CALLS = {
    "read": "load",
    "reserve": "transact",
    "look": "get",
    "release": "transact",
    "prepare": "payments.prepare",
    "open_page": "transact",
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
"""What an action of the model is in the code."""

_SEAMS: tuple[tuple[str, type, str], ...] = (
    ("load", Orders, "load"),
    *((name, Table, name) for name in ("transact", "update", "get")),
    *(
        (f"payments.{name}", SandboxPayments, name)
        for name in ("prepare", "authorise", "capture", "void", "refund", "find")
    ),
    *((f"shipping.{name}", SandboxShipping, name) for name in ("book", "cancel")),
)


class Moment(NamedTuple):
    """In this shop the step does this, and this comes of it."""

    shop: Shop
    action: Action
    effect: Effect


class Enough(BaseException):
    """The script is at its end before the step is. No handler can catch this."""


class Rehearsal:
    """One step of the real saga, held against a script."""

    def __init__(self, script: Sequence[Moment]) -> None:
        self._script = script
        self._at = 0
        self._inside = False
        self.differs: list[str] = []
        self.conditions: set[Condition] = set()
        """What the transactions of this step insisted on."""
        self._ids = Ids()

    def perform(self) -> list[str]:
        """Lead the handler through the script; answers what it did otherwise, as sentences."""
        last = self._script[-1].effect
        try:
            with self._led():
                answer = invoke(f"saga.{handlers()[self._script[0].action.step]}", _STATE)["outcome"]
        except Enough:
            return self.differs
        except Exception as fault:
            if last.then is not FAULT or self._at < len(self._script):
                self.differs.append(f"it raised {fault!r} after {self._at} calls, and not {last.then}")
            return self.differs
        if self._at < len(self._script):
            self.differs.append(f"it answered {answer} after {self._at} of {len(self._script)} calls")
        elif answer != last.then:
            self.differs.append(f"it answered {answer}, and not {_word(last)}")
        return self.differs

    @contextmanager
    def _led(self) -> Iterator[None]:
        patches = [patch.object(kind, name, self._seam(call, kind, name)) for call, kind, name in _SEAMS]
        for each in patches:
            each.start()
        try:
            yield
        finally:
            for each in patches:
                each.stop()

    def _seam(self, call: str, kind: type, name: str) -> Callable[..., Any]:
        original = getattr(kind, name)

        def led(this: Any, *args: Any, **kwargs: Any) -> Any:
            # The sandboxes keep their books in a table as well, and reading a story is one moment.
            if self._inside:
                return original(this, *args, **kwargs)
            self._inside = True
            try:
                do = partial(original, this, *args, **kwargs)
                if call == "transact":
                    self.conditions |= set(conditions_of(self._next().does.__name__, args[0]))
                return self._moment(call, do)
            finally:
                self._inside = False

        return led

    def _moment(self, call: str, do: partial[Any]) -> Any:
        wanted = self._next()
        if call != CALLS[wanted.does.__name__]:
            self.differs.append(f"call {self._at + 1} is {call}, and not to {wanted.does.__name__}")
            raise Enough
        if self._at == len(self._script):
            raise Enough
        shop, action, effect = self._script[self._at]
        self._at += 1
        build(shop, self._ids, token=self._token(), country=self._country())
        try:
            return self._do(call, do, action, effect)
        finally:
            noted = effect.shop.page(action.attempt)
            if call == "transact" and noted and not shop.page(action.attempt):
                # Whichever id is noted first has the first name.
                self._ids.swap(noted.payment_id, action.payment_id)
            if self._at == len(self._script):
                self._compare(shop_of_the_tables(self._ids), effect.shop, action)

    def _next(self) -> Action:
        if self._at < len(self._script):
            return self._script[self._at].action
        then = self._script[-1].effect.then
        if not isinstance(then, Action):
            self.differs.append(f"it goes on, and does not answer {_word(self._script[-1].effect)}")
            raise Enough
        return then

    def _do(self, call: str, do: partial[Any], action: Action, effect: Effect) -> Any:
        if effect.injected:
            if effect.says.endswith("lost"):
                do()
            raise GatewayTimeout("the answer was lost")
        if call in ("payments.void", "payments.refund") and effect.then is FAULT:
            raise GatewayUnavailable("a complaint")
        if isinstance(effect.then, Action) and call == "payments.prepare" and "'" in effect.then.payment_id:
            return do(key=forgotten(do.keywords["key"]))
        try:
            return do()
        except TransactionCancelled as cancelled:
            told = {
                name: item
                for name, item in cancelled.failures.items()
                if not effect.told or name.startswith(effect.told)
            }
            raise TransactionCancelled(told, cancelled.contention) from None

    def _token(self) -> str:
        """How the payment sandbox comes to decide as the moment says."""
        _, action, effect = self._script[self._at - 1]
        match effect.shop.at_provider(action.payment_id):
            case PaymentStatus.DECLINED:
                return "tok_declined"
            case PaymentStatus.CAPTURE_REFUSED:
                return "tok_capture_refused"
        return "tok_ok"

    def _country(self) -> str:
        """The same of the carrier's, which decides by the address that was read at the beginning."""
        refused = any(moment.effect.shop.carrier is ShipmentStatus.REFUSED for moment in self._script)
        return "AQ" if refused else "GB"

    def _compare(self, found: Shop, wanted: Shop, action: Action) -> None:
        for name in Shop._fields:
            is_, should = getattr(found, name), getattr(wanted, name)
            if name not in ("captures", "astray") and is_ != should:
                self.differs.append(f"{action.does.__name__} leaves {name} {is_}, and not {should}")


_STATE = {"orderId": builders.ORDER_ID}


def _word(effect: Effect) -> str:
    return "a fault" if effect.then is FAULT else str(effect.then)
