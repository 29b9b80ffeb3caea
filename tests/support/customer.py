"""A customer: the real client, at the gateway in memory, and a person who tries again when it gives up."""

from collections.abc import Callable
from typing import TypeVar

import httpx

from orders_client import (
    Address,
    ApiError,
    Line,
    Money,
    NoAnswer,
    NotEnoughStock,
    Order,
    OrdersClient,
    PriceChanged,
    TooLateToCancel,
)
from tests.support.calls import Calls
from tests.support.clock import MovableClock
from tests.support.faults import AnswerLost, ExecutionLost, Fault, ProcessLost, Throttled
from tests.support.gateway import BASE_URL, Gateway, token
from tests.support.injection_points import Step
from tests.support.world import ADDRESS

T = TypeVar("T")

# Somebody who has asked so often in vain has met no passing fault.
_PATIENCE = 5


class Customer:
    """Places orders, cancels and reads them, and remembers what they were told.

    Each request is a call in the name of the step `customer`: to `http.POST /orders`, say.
    """

    def __init__(self, name: str, gateway: Gateway, calls: Calls, clock: MovableClock) -> None:
        self._gateway = gateway
        self._calls = calls
        self._step = Step(name, "customer", 1, 1)
        transport = httpx.MockTransport(self._send)
        self._api = OrdersClient(BASE_URL, token(name), transport=transport, clock=clock)
        self.begin()

    def begin(self) -> None:
        """Has never ordered anything."""
        self.known: list[Order] = []
        """Every answer about an order, in turn."""
        self.cancelled: bool | None = None
        """Whether their wish to cancel was granted; None: they never wished it, or could not say so yet."""
        self.agreed: dict[str, Money] = {}
        """By key, the total that they have agreed to last."""
        self._has_second_thoughts = False
        self.forgotten = False
        """Whether they have asked to be forgotten, and were told that it is or will be done."""

    @property
    def order_ids(self) -> set[str]:
        """The orders that they know to have placed."""
        return {order.order_id for order in self.known}

    @property
    def order_id(self) -> str:
        """The order that they placed, when it is one."""
        (order_id,) = self.order_ids
        return order_id

    def place(
        self,
        *lines: tuple[str, int],
        key: str = "basket-1",
        card: str = "tok_ok",
        country: str = "GB",
        shown: int | None = None,
    ) -> Order:
        """Place an order, with a key that survives the customer's own device.

        `shown` is the total in cents that they were shown first, and agree to. When the order costs something
        else by now they agree to that, and send it with the same key. None: they agree to any.
        """
        if shown is not None:
            self.agreed.setdefault(key, Money(shown, "EUR"))
        where = ADDRESS | {"country": country}
        address = Address(
            name=where["name"],
            line1=where["line1"],
            city=where["city"],
            postal_code=where["postalCode"],
            country=where["country"],
        )
        wanted = [Line(sku, quantity) for sku, quantity in lines]

        def ask() -> Order:
            total = None if shown is None else self.agreed[key]
            return self._api.place_order(wanted, card, address, expected_total=total, idempotency_key=key)

        try:
            order = self._told(ask)
        except PriceChanged as error:
            self.agreed[key] = error.total
            order = self._told(ask)
        if self._has_second_thoughts:
            self.cancel()
        return order

    def cancel(self) -> None:
        """Ask for the order to be cancelled, and remember what came of it.

        While they wait to hear of their order, they cannot name it: they cancel it as soon as they can.
        """
        self._has_second_thoughts = not self.known
        if self._has_second_thoughts:
            return
        try:
            self._told(lambda: self._api.cancel_order(self.order_id))
            self.cancelled = True
        except TooLateToCancel:
            self.cancelled = False

    def put_right(self, sku: str, units: int, *, key: str) -> bool:
        """As somebody of the staff, put the count of a product right; answers whether there were so many."""
        try:
            self._insist(lambda: self._api.adjust_stock(sku, units, "counted", idempotency_key=key))
        except NotEnoughStock:
            return False
        return True

    def forget(self) -> None:
        """Ask to be forgotten."""
        self._insist(self._api.delete_profile)
        self.forgotten = True

    def look(self) -> Order:
        """Read the order."""
        return self._told(lambda: self._api.get_order(self.order_id))

    def _told(self, ask: Callable[[], Order]) -> Order:
        order = self._insist(ask)
        self.known.append(order)
        return order

    def _insist(self, ask: Callable[[], T]) -> T:
        """Ask until there is an answer, as somebody does who wants to know."""
        for patience in reversed(range(_PATIENCE)):
            try:
                return ask()
            except ProcessLost:
                continue
            except ExecutionLost:
                self._calls.raise_what_broke()
                raise
            except (ApiError, NoAnswer) as refusal:
                passing = isinstance(refusal, NoAnswer) or refusal.status == 429 or refusal.status >= 500
                if not passing or not patience:
                    raise
        raise AssertionError("the customer's own device fails time and again")

    def _send(self, request: httpx.Request) -> httpx.Response:
        target = f"http.{request.method} {self._template(request.url.path)}"
        try:
            return self._calls.call(self._step, target, lambda: self._gateway.handle(request))
        except AnswerLost as fault:
            raise httpx.ReadTimeout("injected", request=request) from fault
        except Fault as fault:
            status = 429 if isinstance(fault, Throttled) else 503
            return httpx.Response(status, json={"message": f"injected: {type(fault).__name__}"})

    def _template(self, path: str) -> str:
        return "/".join("{orderId}" if part in self.order_ids else part for part in path.split("/"))
