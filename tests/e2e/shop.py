"""A deployed shop, used by customers and staff over HTTP, and by operators through the AWS APIs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeVar
from uuid import uuid4

import httpx
import msgspec

from local.environment import Instance
from local.web import HttpResponse, call
from ordering.domain.identity import customer_id
from ordering.domain.order import CustomerId, Status
from orders_client import Address, HttpInfo, Line, Money, Order, OrdersClient, OrderStillOpen, RetryPolicy
from orders_client.responses import ApiResponse
from tests.e2e.engine import Logs, Messages, Tables
from tests.e2e.fault_injector import FaultInjector
from tests.e2e.mailbox import Mailbox
from tests.e2e.waiting import DEADLINE, StallTimer, until_none, watch
from tests.support.invariants import check

CUSTOMER_SCOPES = "orders:read orders:write customers:read customers:write"
ADDRESS = Address(
    name="Wilhelmina Quist",
    line1="7 Heron Steps",
    line2="Door 3b",
    city="Zwolle",
    region="Overijssel",
    postal_code="8011 VK",
    country="NL",
)
UNSERVED_ADDRESS = Address(name="Nemo", line1="1 Nowhere", city="Nowhere", postal_code="0", country="AQ")
"""An address in Antarctica, which the sandbox carrier does not serve."""

# A cold function on a busy machine may respond late; the client retries what is safe to retry.
_RETRIES = RetryPolicy(attempts=8, deadline=2 * DEADLINE)
# In seconds. With ten other busy processes, a cold function takes a minute; the longest time-out is 150 s.
REQUEST_TIMEOUT = 240.0
# In seconds: how long the client waits for an order before the test checks for progress.
_WAIT_SECONDS = 100.0


A = TypeVar("A", bound=ApiResponse)


def body_only(answer: A) -> A:
    """The response without its status and headers, which differ each time, to compare two bodies."""
    return msgspec.structs.replace(answer, http=HttpInfo())


@dataclass(frozen=True)
class Customer:
    """A customer with a token, and a client that sends it."""

    subject: str
    customer_id: CustomerId
    token: str
    client: OrdersClient

    @property
    def email(self) -> str:
        """An e-mail address that no other customer has. It is in no profile until a test creates one."""
        return f"{self.subject}@example.com"

    def place(
        self,
        sku: str,
        quantity: int = 1,
        *,
        payment_token: str = "tok_ok",
        address: Address = ADDRESS,
        key: str | None = None,
    ) -> Order:
        """Place an order for units of one product."""
        return self.client.place_order([Line(sku, quantity)], payment_token, address, idempotency_key=key)

    def order(self, sku: str, quantity: int = 1, **options: Any) -> Order:
        """Place an order as `place` does, and wait for its end; returns the ended order."""
        return self.wait_for_end(self.place(sku, quantity, **options))

    def wait_for_end(self, order: Order) -> Order:
        """Wait until the order has ended, for as long as there is progress; returns the ended order."""
        timer = StallTimer(DEADLINE)
        while True:
            try:
                return self.client.wait_for_order(order.order_id, deadline=_WAIT_SECONDS)
            except OrderStillOpen:
                if not timer.keep_waiting():
                    raise


class Shop:
    """A deployed instance, used from outside.

    `public` sends no token, `staff` may change the catalogue, `administrator` may read all orders.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.tables = Tables(instance)
        self.messages = Messages(instance)
        self.logs = Logs(instance)
        watch(self._progress)
        self.mailbox = Mailbox(instance, self.tables, self.messages)
        self._open = ExitStack()
        self.public = self.client(None)
        self.staff = self.client(instance.token("staff", "products:write"))
        self.administrator = self.client(instance.token("administrator", "orders:admin"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def client(self, token: str | None) -> OrdersClient:
        """An API client that sends this token."""
        # By default, httpx would use the proxies of the environment, also for loopback.
        made = OrdersClient(
            self.instance.api,
            token,
            timeout=REQUEST_TIMEOUT,
            retries=_RETRIES,
            transport=httpx.HTTPTransport(),
        )
        return self._open.enter_context(made)

    def customer(self, name: str, scopes: str = CUSTOMER_SCOPES) -> Customer:
        """A new customer of that name, with a token for these scopes."""
        subject = f"{name}-{uuid4().hex[:8]}"
        token = self.instance.token(subject, scopes)
        id_of_customer = customer_id(self.instance.outputs["Issuer"], subject)
        return Customer(subject, id_of_customer, token, self.client(token))

    def product(self, units: int = 10, price: int = 1250, *, currency: str = "EUR") -> str:
        """Create a product with stock, at a price in minor units; returns its SKU."""
        sku = f"MUG-{uuid4().hex[:8].upper()}"
        self.stock(sku, units, price, currency=currency)
        return sku

    def stock(self, sku: str, units: int, price: int = 1250, *, currency: str = "EUR") -> None:
        """Create a product with this SKU, and receive its stock."""
        self.staff.put_product(sku, "Enamel mug", Money(price, currency))
        if units:
            self.staff.receive_stock(sku, units, idempotency_key="first-delivery")

    def available(self, sku: str) -> int:
        """The number of units that can be ordered now."""
        return self.public.get_product(sku).available

    def send(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpResponse:
        """Send one raw request that `OrdersClient` would not send; returns the response."""
        return call(
            method, self.instance.api + path, token=token, body=body, headers=headers, timeout=REQUEST_TIMEOUT
        )

    def settle(self, *, within: float = DEADLINE) -> None:
        """Wait until every order has ended, its last event is processed, and no message is in a queue."""
        until_none("open order", self._still_open, within=within)
        until_none("message in the order queue", lambda: self.messages.message_count("OrderQueueUrl"))
        self.mailbox.settle()

    def check_guarantees(self, *, within: float = DEADLINE) -> None:
        """Wait until nothing is in progress, then check the guarantees on all items and provider records.

        The tables are read in several requests: a change in between could look like a violation.
        """
        self.settle(within=within)
        check(self.tables)

    @contextmanager
    def paused_processing(self) -> Iterator[None]:
        """Process no order within the block: orders that are placed in it stay PENDING."""
        with FaultInjector(self.instance).event_source_disabled("drive_order"):
            yield

    @contextmanager
    def paused_before_confirmation(self) -> Iterator[None]:
        """Let no order be confirmed within the block: stock is held and payments are authorised."""
        with FaultInjector(self.instance).failing("confirm_order"):
            yield

    def _progress(self) -> object:
        """The versions of all items and the size of the engine's log: one of them changes with progress."""
        versions = sorted((item["PK"], item["SK"], item.get("version", 0)) for item in self.tables.items())
        log = self.instance.workspace.logs / "engine.log"
        return versions, log.stat().st_size if log.exists() else 0

    def _still_open(self) -> list[str]:
        return [
            f"{item['orderId']} is {item['status']}"
            for item in self.tables.items()
            if item["SK"] == "ORDER" and not Status(item["status"]).is_terminal
        ]
