"""The client matches the route table: method, path, parameters, body and scope."""

import inspect
import keyword
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from ordering.http.routes import ROUTES, Route
from orders_client import (
    Address,
    ApiError,
    ImageType,
    Line,
    MetricPeriod,
    Money,
    OrdersClient,
    OrderStatus,
    SalesBy,
)
from tests.client.support import ADDRESS, ORDER_ID, Server, gateway, serving

# Routes for browsers and tools, which the client does not need.
NOT_CALLED = {"get_openapi", "get_docs", "get_asyncapi", "get_event_docs", "get_image"}
# Methods of the client that are not routes.
OF_ITS_OWN = {"wait_for_order", "adjust_stock", "get_stock", "close"}

WHEN = datetime(2026, 11, 21, tzinfo=UTC)
WHOLE_ADDRESS = msgspec.structs.replace(ADDRESS, line2="Second floor", region="London")
# A value for each parameter, by name, for every method that has it.
ARGUMENTS: dict[str, Any] = {
    "active": False,
    "address": WHOLE_ADDRESS,
    "attributes": {"colour": "red", "litres": 0.35, "dishwasherSafe": True},
    "category": "coffee-mugs",
    "created_after": WHEN,
    "created_before": WHEN,
    "by": SalesBy.CATEGORY,
    "cursor": "abc",
    "content_type": ImageType.PNG,
    "customer_id": "c0ffee",
    "description": "Red.",
    "email": "ada@example.com",
    "expected_total": Money(2500, "EUR"),
    "from_": WHEN.date(),
    "idempotency_key": "basket-7",
    "if_match": '"v1"',
    "image_id": "0f8b1c5e7a9d4e6fb3c2a1d0e9f87654",
    "image_ids": ["0f8b1c5e7a9d4e6fb3c2a1d0e9f87654"],
    "limit": 10,
    "lines": [Line("MUG-RED", 2), Line("TEAPOT", 1)],
    "low_stock_at": 5,
    "stock_shards": 8,
    "name": "Mug",
    "open_for_minutes": 30,
    "order_id": ORDER_ID,
    "payment_token": "tok_ok",
    "period": MetricPeriod.DAY,
    "price": Money(1250, "EUR"),
    "queue": "notifications",
    "reason": "late",
    "received": 5,
    "shipping_address": WHOLE_ADDRESS,
    "size": 184320,
    "sku": "MUG-RED",
    "status": OrderStatus.PENDING,
    "to": WHEN.date(),
    "types": ["OrderFulfilled"],
    "url": "https://partner.example.com/webhooks",
    "webhook_id": "3f2c9a7e5b1d4086a1c7e9d2b4f60813",
}
BY_METHOD = {route.handler: route for route in ROUTES if route.handler not in NOT_CALLED}

routes = pytest.mark.parametrize("route", BY_METHOD.values(), ids=BY_METHOD)


def sent(route: Route) -> httpx.Request:
    """The request that the method of a route sends."""
    server: Server = serving(gateway(418))
    with pytest.raises(ApiError):
        _call(getattr(server.client(), route.handler))
    return server.request


def _call(method: Callable[..., object]) -> None:
    """Call a method with all its parameters."""
    names = inspect.signature(method).parameters
    result = method(**{name: ARGUMENTS[name] for name in names if name in ARGUMENTS})
    if isinstance(result, Iterable):
        list(result)


def test_each_route_has_a_method_and_each_method_a_route() -> None:
    methods = {name for name, _ in inspect.getmembers(OrdersClient, inspect.isfunction) if name[0] != "_"}
    assert methods - OF_ITS_OWN == set(BY_METHOD)


@routes
def test_a_method_calls_its_route(route: Route) -> None:
    request = sent(route)
    template = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(route.path))
    assert request.method == route.method
    assert re.fullmatch(template, request.url.path)


@routes
def test_a_method_sends_exactly_the_parameters_of_its_route(route: Route) -> None:
    request = sent(route)
    queried = {each.name for each in route.parameters if each.place == "query"}
    assert set(request.url.params) == queried
    headers = {each.name.lower() for each in route.parameters if each.place == "header"} - {"if-none-match"}
    own = set(request.headers) & {"idempotency-key", "if-match", "if-none-match"}
    assert own == headers


@routes
def test_a_required_parameter_has_no_default(route: Route) -> None:
    taken = inspect.signature(getattr(OrdersClient, route.handler)).parameters
    for each in route.parameters:
        name = re.sub("(?<=[a-z])(?=[A-Z])|-", "_", each.name).lower()
        if keyword.iskeyword(name):
            # PEP 8, "Function and Method Arguments".
            name += "_"
        if each.required:
            assert taken[name].default is inspect.Parameter.empty


@routes
def test_a_method_has_known_if_its_route_may_return_304(route: Route) -> None:
    """And only then."""
    conditional = 304 in route.responses
    assert ("known" in inspect.signature(getattr(OrdersClient, route.handler)).parameters) == conditional


@routes
def test_a_method_sends_every_field_of_its_routes_body(route: Route) -> None:
    content = sent(route).content
    if route.body is None:
        assert content == b""
        return
    body: object = msgspec.json.decode(content, type=route.body)
    # No field was left at its default: the client can send every field.
    assert msgspec.to_builtins(body) == msgspec.json.decode(content)


def test_adjust_stock_uses_the_route_of_receive_stock() -> None:
    server = serving(gateway(418))
    with pytest.raises(ApiError):
        server.client().adjust_stock("MUG-RED", -3, "counted twice", idempotency_key="stocktaking")
    request, route = server.request, BY_METHOD["receive_stock"]
    assert (request.method, request.url.path) == ("POST", "/products/MUG-RED/stock")
    assert request.headers["idempotency-key"] == "stocktaking"
    body = msgspec.json.decode(request.content, type=route.body)
    assert msgspec.to_builtins(body) == {"adjusted": -3, "reason": "counted twice"}


@routes
def test_the_token_is_sent_only_to_routes_with_a_scope(route: Route) -> None:
    assert ("authorization" in sent(route).headers) == (route.scope is not None)


@routes
def test_the_docstring_of_a_method_names_its_scope(route: Route) -> None:
    documented = inspect.getdoc(getattr(OrdersClient, route.handler)) or ""
    assert (f"Scope `{route.scope}`." if route.scope else "Open to everyone.") in documented


def test_an_address_has_the_fields_of_the_apis_address() -> None:
    from ordering.http.shapes.addresses import PostalAddress

    ours, theirs = (msgspec.structs.fields(each) for each in (Address, PostalAddress))
    assert {each.encode_name: each.required for each in ours} == {
        each.encode_name: each.required for each in theirs
    }
