"""A shop in memory: its tables, its routes and the steps of the saga, called as on AWS."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec
from moto.dynamodb.models import dynamodb_backends

from ordering.domain.order import OrderId
from ordering.domain.order_details import OrderDetails
from ordering.dynamodb.client import Table
from ordering.dynamodb.codec import decode_item
from ordering.http.problems import ProblemBody, ProblemType
from ordering.http.routes import ROUTES
from ordering.repositories.orders import Orders
from tests.support import least_privilege
from tests.support.environment import ACCOUNT, REGION, SANDBOX_TABLE, TABLE
from tests.support.recorded import http_event
from tests.support.serving import handler_of

ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "12 St James's Square",
    "city": "London",
    "postalCode": "SW1Y 4JH",
    "country": "GB",
}


# Problems that any handler may return, in addition to those of its row in the route table.
_ALWAYS = (
    ProblemType.BUSY,
    ProblemType.INTERNAL,
    ProblemType.TOKEN_REFUSED,
    ProblemType.UNREADABLE_RECORD,
)


@dataclass
class Context:
    """The context object that Lambda passes with the event."""

    function_name: str = "orders-test"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:orders-test"
    aws_request_id: str = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
    remaining_milliseconds: int = 60_000

    def get_remaining_time_in_millis(self) -> int:
        """Returns the time until the function's timeout."""
        return self.remaining_milliseconds


@dataclass(frozen=True)
class HandlerResponse:
    """The response of a route."""

    status: int
    headers: Mapping[str, str]
    body: Any


def invoke(module: str, event: dict[str, Any], context: Context | None = None) -> Any:
    """Call a handler (`api.place_order`) with an event. Its calls to AWS are checked against its role."""
    with handler_of(module) as handler, least_privilege.within(module.rpartition(".")[2]):
        return handler(event, context or Context())


def order_body(*lines: tuple[str, int], token: str = "tok_ok", country: str = "GB") -> dict[str, Any]:
    """Returns a body that orders `lines` of (SKU, quantity); two red mugs by default."""
    return {
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines or (("MUG-RED", 2),)],
        "paymentToken": token,
        "shippingAddress": ADDRESS | {"country": country},
    }


@cache
def _table(name: str) -> Table:
    """Returns a table by name. It is shared by the whole run, because creating its client takes time."""
    return Table(name)


@dataclass
class World:
    """The shop. After `stocked()`, it sells red mugs for 12.50 EUR, and ten of them are in stock."""

    table: Table = field(default_factory=lambda: _table(TABLE))
    provider_table: Table = field(default_factory=lambda: _table(SANDBOX_TABLE))

    def stocked(
        self,
        sku: str = "MUG-RED",
        units: int = 10,
        price: int = 1250,
        *,
        low_stock_at: int | None = None,
        shards: int = 1,
    ) -> "World":
        """Add a product to the catalogue, with units in stock."""
        product: dict[str, Any] = {"name": f"The {sku}", "price": {"amount": price, "currency": "EUR"}}
        if low_stock_at is not None:
            product["lowStockAt"] = low_stock_at
        if shards > 1:
            product["stockShards"] = shards
        there = self.api("get_product", "GET /products/{sku}", path={"sku": sku})
        headers = {"If-Match": there.headers["etag"]} if there.status == 200 else {}
        put = self.api("put_product", "PUT /products/{sku}", product, path={"sku": sku}, headers=headers)
        assert put.status in (200, 201), put
        if units:
            received = self.api(
                "receive_stock",
                "POST /products/{sku}/stock",
                {"received": units},
                path={"sku": sku},
                headers={"Idempotency-Key": f"first-{sku}-{units}"},
            )
            assert received.status == 200, received
        return self

    def with_profile(self, email: str, subject: str = "alice") -> "World":
        """Add a customer with an email address."""
        put = self.api("put_profile", "PUT /customers/me", {"email": email}, subject=subject)
        assert put.status == 201, put
        return self

    def in_german(self) -> "World":
        """Store German as the language of every profile. The previous release cannot do this."""
        for item in self.items():
            if item["SK"] == "PROFILE":
                key = {"PK": item["PK"], "SK": item["SK"]}
                names = {"#language": "language"}
                self.table.update(key, "SET #language = :language", names=names, values={":language": "de"})
        return self

    def api(self, handler: str, route: str, body: Any = None, **event: Any) -> HandlerResponse:
        """Call a route's handler; `event` as in `http_event`."""
        response = invoke(f"api.{handler}", http_event(route, body=body, **event))
        _check_described(route, handler, response)
        text = response.get("body")
        return HandlerResponse(
            response["statusCode"], response["headers"], json.loads(text) if text else None
        )

    def place(self, body: Any = None, *, key: str | None = None, **event: Any) -> HandlerResponse:
        """Call POST /orders; two red mugs by default."""
        headers = {"Idempotency-Key": key} if key else {}
        wanted = body if body is not None else order_body()
        return self.api("place_order", "POST /orders", wanted, headers=headers, **event)

    def place_order(self, *lines: tuple[str, int], **body: str) -> OrderId:
        """Place an order that is accepted. Returns its id."""
        placed = self.place(order_body(*lines, **body))
        assert placed.status == 202, placed
        return OrderId(placed.body["orderId"])

    def step(self, handler: str, order_id: OrderId, **state: Any) -> str:
        """Call one step of the saga. Returns its outcome."""
        outcome = invoke(f"saga.{handler}", {"orderId": order_id, **state})["outcome"]
        assert isinstance(outcome, str)
        return outcome

    def details(self, order_id: OrderId) -> OrderDetails:
        """Returns everything that the table holds of an order."""
        details = Orders(self.table).load(order_id)
        assert details is not None
        return details

    def items(self) -> list[dict[str, Any]]:
        """Returns every item of the table."""
        return list(_scan(self.table))

    def provider_records(self) -> list[dict[str, Any]]:
        """Returns every record of the sandbox providers."""
        return list(_scan(self.provider_table))


def _scan(table: Table) -> Iterator[dict[str, Any]]:
    # Read directly from moto, because a scan through its HTTP layer takes as long as the step under test.
    for item in dynamodb_backends[ACCOUNT][REGION].tables[table.name].all_items():
        yield decode_item(item.to_json()["Attributes"])


_of_this_release = [True]


@contextmanager
def responses_of_another_release() -> Iterator[None]:
    """In the block, do not compare responses with this release's route table."""
    _of_this_release.append(False)
    try:
        yield
    finally:
        _of_this_release.pop()


def _check_described(route: str, handler: str, response: dict[str, Any]) -> None:
    """Check that the route table describes this response."""
    if not _of_this_release[-1]:
        return
    row = next(row for row in ROUTES if row.handler == handler)
    assert route in row.keys
    status, body = response["statusCode"], response.get("body", "")
    if route.startswith("HEAD "):
        assert not body
    elif status in row.responses:
        shape = row.responses[status]
        if shape is None:
            assert not body
        else:
            msgspec.json.decode(body, type=shape)
    else:
        problem = msgspec.json.decode(body, type=ProblemBody)
        described = {*row.problems, *_ALWAYS}
        assert problem.type in {kind.uri for kind in described}, f"{route} does not describe {problem}"
