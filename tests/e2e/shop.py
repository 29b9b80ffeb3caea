"""The shop as its customers, its staff and its operators reach it: over HTTP, and through AWS's own APIs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self, TypeVar
from uuid import uuid4

import httpx
import msgspec

from local.instance import Instance
from local.web import Answer, call
from ordering.domain.identity import customer_id
from ordering.domain.order import CustomerId, Status
from orders_client import Address, HttpInfo, Line, Money, Order, OrdersClient, OrderStillOpen, RetryPolicy
from orders_client.answers import Answer as Answered
from tests.e2e.engine import Logs, Messages, Tables
from tests.e2e.mailbox import Post
from tests.e2e.waiting import DEADLINE, Patience, until_none, watch

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
NOWHERE = Address(name="Nemo", line1="1 Nowhere", city="Nowhere", postal_code="0", country="AQ")
"""An address that the sandbox's carrier refuses."""

# A cold function on a busy machine may be slow to answer; the client repeats what is safe to repeat.
_RETRIES = RetryPolicy(attempts=8, deadline=DEADLINE)
# How long an order is waited for before it is asked whether anything moves.
_LOOK = 60.0


A = TypeVar("A", bound=Answered)


def bare(answer: A) -> A:
    """An answer's body alone, to be compared: what came with it differs each time."""
    return msgspec.structs.replace(answer, http=HttpInfo())


@dataclass(frozen=True)
class Customer:
    """Somebody with a token, and a client that sends it."""

    subject: str
    customer_id: CustomerId
    token: str
    client: OrdersClient

    @property
    def email(self) -> str:
        """An address of their own, which no profile has until it is put there."""
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
        """Order units of one product."""
        return self.client.place_order([Line(sku, quantity)], payment_token, address, idempotency_key=key)

    def order(self, sku: str, quantity: int = 1, **wishes: Any) -> Order:
        """Order units of one product and wait for the order's end; `wishes` as for `place`."""
        return self.end_of(self.place(sku, quantity, **wishes))

    def end_of(self, order: Order) -> Order:
        """The order at its end, however long it takes while anything moves."""
        patience = Patience(DEADLINE)
        while True:
            try:
                return self.client.wait_for_order(order.order_id, deadline=_LOOK)
            except OrderStillOpen:
                if not patience.lasts():
                    raise


class Shop:
    """A deployed instance, used from outside."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.tables = Tables(instance)
        self.messages = Messages(instance)
        self.logs = Logs(instance)
        watch(self._progress)
        self.post = Post(instance, self.tables, self.messages)
        self._open = ExitStack()
        self.public = self.client(None)
        self.staff = self.client(instance.token("staff", "products:write"))
        self.administrator = self.client(instance.token("administrator", "orders:admin"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def client(self, token: str | None) -> OrdersClient:
        """A client of the API that sends this token."""
        # A transport of our own: httpx's looks for proxies, which must not stand before the loopback.
        made = OrdersClient(
            self.instance.api, token, timeout=60, retries=_RETRIES, transport=httpx.HTTPTransport()
        )
        return self._open.enter_context(made)

    def customer(self, name: str, scopes: str = CUSTOMER_SCOPES) -> Customer:
        """A new customer of that name, with a token for these scopes."""
        subject = f"{name}-{uuid4().hex[:8]}"
        token = self.instance.token(subject, scopes)
        known_as = customer_id(self.instance.outputs["Issuer"], subject)
        return Customer(subject, known_as, token, self.client(token))

    def product(self, units: int = 10, price: int = 1250, *, currency: str = "EUR") -> str:
        """A new product with units on the shelf, at a price in minor units; answers its SKU."""
        sku = f"MUG-{uuid4().hex[:8].upper()}"
        self.stock(sku, units, price, currency=currency)
        return sku

    def stock(self, sku: str, units: int, price: int = 1250, *, currency: str = "EUR") -> None:
        """Enter a product of this SKU, with units on the shelf."""
        self.staff.put_product(sku, "Enamel mug", Money(price, currency))
        if units:
            self.staff.receive_stock(sku, units, idempotency_key="first-delivery")

    def available(self, sku: str) -> int:
        """How many units can be ordered now."""
        return self.public.get_product(sku).available

    def send(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One raw request, for what no client of ours would send."""
        return call(method, self.instance.api + path, token=token, body=body, headers=headers)

    def settle(self, *, within: float = DEADLINE) -> None:
        """Wait until every order is at its end, its customer is told, and no message is under way."""
        until_none("open order", self._still_open, within=within)
        until_none("message in the order queue", lambda: self.messages.in_queue("OrderQueueUrl"))
        self.post.settle()

    def _progress(self) -> object:
        """What the table holds, and how much the engine has logged: it changes while anything moves."""
        versions = sorted((item["PK"], item["SK"], item.get("version", 0)) for item in self.tables.items())
        log = self.instance.home.logs / "engine.log"
        return versions, log.stat().st_size if log.exists() else 0

    def _still_open(self) -> list[str]:
        return [
            f"{item['orderId']} is {item['status']}"
            for item in self.tables.items()
            if item["SK"] == "ORDER" and not Status(item["status"]).is_terminal
        ]
