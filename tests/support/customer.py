"""A customer: the real client and the gateway in memory; the customer retries if the client gives up."""

from collections.abc import Callable
from typing import TypeVar

import httpx

from orders_client import (
    Address,
    ApiError,
    Line,
    Money,
    NoResponse,
    NotEnoughStock,
    Order,
    OrdersClient,
    PriceChanged,
    TooLateToCancel,
)
from tests.support.calls import Calls
from tests.support.clock import MovableClock
from tests.support.faults import ExecutionLost, Fault, ProcessLost, ResponseLost, Throttled
from tests.support.gateway import BASE_URL, Gateway, token
from tests.support.injection_points import Step
from tests.support.world import ADDRESS

T = TypeVar("T")

# After this many attempts, the fault counts as permanent.
_MAX_ATTEMPTS = 5


class Customer:
    """Places, cancels and reads orders, and remembers the responses.

    Each request is recorded as a call of the step `customer`, for example to `http.POST /orders`.
    """

    def __init__(self, name: str, gateway: Gateway, calls: Calls, clock: MovableClock) -> None:
        self._gateway = gateway
        self._calls = calls
        self._step = Step(name, "customer", 1, 1)
        transport = httpx.MockTransport(self._send)
        self._api = OrdersClient(BASE_URL, token(name), transport=transport, clock=clock)
        self.begin()

    def begin(self) -> None:
        """Reset: this customer has never ordered anything."""
        self.known: list[Order] = []
        """Every response about an order, in their order."""
        self.cancelled: bool | None = None
        """Whether the order could be cancelled; None: no cancellation was sent yet."""
        self.agreed: dict[str, Money] = {}
        """Idempotency key → the total that they agreed to last."""
        self._cancels_later = False
        self.forgotten = False
        """Whether they asked for their data to be deleted, and the request was accepted."""
        self.exported = False
        """Whether they asked for a copy of their data, and the request was accepted."""

    @property
    def order_ids(self) -> set[str]:
        """Returns the ids of the orders that they know."""
        return {order.order_id for order in self.known}

    @property
    def order_id(self) -> str:
        """Returns the id of their only order."""
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
        """Place an order; a repeated attempt sends the same key.

        `shown` is the total in cents that they were shown and agree to. If the order now costs
        something else, they agree to that, and send it with the same key. None: they agree to any total.
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
            order = self._remember(ask)
        except PriceChanged as error:
            self.agreed[key] = error.total
            order = self._remember(ask)
        if self._cancels_later:
            self.cancel()
        return order

    def cancel(self) -> None:
        """Cancel the order, and remember the result.

        If they do not know the order's id yet, they cancel it as soon as they do.
        """
        self._cancels_later = not self.known
        if self._cancels_later:
            return
        try:
            self._remember(lambda: self._api.cancel_order(self.order_id))
            self.cancelled = True
        except TooLateToCancel:
            self.cancelled = False

    def adjust_stock(self, sku: str, units: int, *, key: str) -> bool:
        """As a member of staff, adjust a product's stock. Returns whether enough was available."""
        try:
            self._retry(lambda: self._api.adjust_stock(sku, units, "counted", idempotency_key=key))
        except NotEnoughStock:
            return False
        return True

    def forget(self) -> None:
        """Ask for their data to be deleted."""
        self._retry(self._api.delete_profile)
        self.forgotten = True

    def request_export(self) -> None:
        """Ask for a copy of their data."""
        self._retry(self._api.request_export)
        self.exported = True

    def read_order(self) -> Order:
        """Read the order."""
        return self._remember(lambda: self._api.get_order(self.order_id))

    def _remember(self, ask: Callable[[], Order]) -> Order:
        order = self._retry(ask)
        self.known.append(order)
        return order

    def _retry(self, ask: Callable[[], T]) -> T:
        """Retry until there is a response."""
        for attempts_left in reversed(range(_MAX_ATTEMPTS)):
            try:
                return ask()
            except ProcessLost:
                continue
            except ExecutionLost:
                self._calls.raise_test_failure()
                raise
            except (ApiError, NoResponse) as refusal:
                transient = isinstance(refusal, NoResponse) or refusal.status == 429 or refusal.status >= 500
                if not transient or not attempts_left:
                    raise
        raise AssertionError("the customer's own device keeps failing")

    def _send(self, request: httpx.Request) -> httpx.Response:
        target = f"http.{request.method} {self._template(request.url.path)}"
        try:
            return self._calls.call(self._step, target, lambda: self._gateway.handle(request))
        except ResponseLost as fault:
            raise httpx.ReadTimeout("injected", request=request) from fault
        except Fault as fault:
            status = 429 if isinstance(fault, Throttled) else 503
            return httpx.Response(status, json={"message": f"injected: {type(fault).__name__}"})

    def _template(self, path: str) -> str:
        return "/".join("{orderId}" if part in self.order_ids else part for part in path.split("/"))
