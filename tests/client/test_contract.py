"""The client and the route table say the same: method, path, parameters, body, scope."""

import inspect
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from ordering.http.routes import ROUTES, Route
from orders_client import Address, ApiError, Line, Money, OrdersClient, OrderStatus
from tests.client.support import ADDRESS, ORDER_ID, Server, gateway, serving

# They are for browsers and tools; a client has them built in.
NOT_CALLED = {"get_openapi", "get_docs"}
# What the client has beside its routes.
OF_ITS_OWN = {"wait_for_order", "adjust_stock", "get_stock", "close"}

WHEN = datetime(2026, 11, 21, tzinfo=UTC)
WHOLE_ADDRESS = msgspec.structs.replace(ADDRESS, line2="Second floor", region="London")
# Name of a parameter → its value, for every method that has it. A method without its own row is called too.
ARGUMENTS: dict[str, Any] = {
    "address": WHOLE_ADDRESS,
    "created_after": WHEN,
    "created_before": WHEN,
    "cursor": "abc",
    "customer_id": "c0ffee",
    "description": "Red.",
    "email": "ada@example.com",
    "expected_total": Money(2500, "EUR"),
    "idempotency_key": "basket-7",
    "if_match": '"v1"',
    "limit": 10,
    "lines": [Line("MUG-RED", 2), Line("TEAPOT", 1)],
    "name": "Mug",
    "open_for_minutes": 30,
    "order_id": ORDER_ID,
    "payment_token": "tok_ok",
    "price": Money(1250, "EUR"),
    "reason": "late",
    "received": 5,
    "shipping_address": WHOLE_ADDRESS,
    "sku": "MUG-RED",
    "status": OrderStatus.FULFILLED,
}
BY_NAME = {route.handler: route for route in ROUTES if route.handler not in NOT_CALLED}

routes = pytest.mark.parametrize("route", BY_NAME.values(), ids=BY_NAME)


def sent(route: Route) -> httpx.Request:
    """What the method of a route sends."""
    server: Server = serving(gateway(418))
    with pytest.raises(ApiError):
        _call(getattr(server.client(), route.handler))
    return server.request


def _call(method: Callable[..., object]) -> None:
    """Call a method with everything it can be given."""
    names = inspect.signature(method).parameters
    result = method(**{name: ARGUMENTS[name] for name in names if name in ARGUMENTS})
    if isinstance(result, Iterable):
        list(result)


def test_each_route_has_its_method_and_each_method_its_route() -> None:
    methods = {name for name, _ in inspect.getmembers(OrdersClient, inspect.isfunction) if name[0] != "_"}
    assert methods - OF_ITS_OWN == set(BY_NAME)


@routes
def test_a_method_calls_its_route(route: Route) -> None:
    request = sent(route)
    template = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(route.path))
    assert request.method == route.method
    assert re.fullmatch(template, request.url.path)


@routes
def test_a_method_can_give_every_parameter_of_its_route_and_no_other(route: Route) -> None:
    request = sent(route)
    queried = {each.name for each in route.parameters if each.place == "query"}
    assert set(request.url.params) == queried
    headers = {each.name.lower() for each in route.parameters if each.place == "header"} - {"if-none-match"}
    own = set(request.headers) & {"idempotency-key", "if-match", "if-none-match"}
    assert own == headers


@routes
def test_a_required_parameter_cannot_be_left_out(route: Route) -> None:
    taken = inspect.signature(getattr(OrdersClient, route.handler)).parameters
    for each in route.parameters:
        name = re.sub("(?<=[a-z])(?=[A-Z])|-", "_", each.name).lower()
        if each.required:
            assert taken[name].default is inspect.Parameter.empty


@routes
def test_what_can_be_unchanged_can_be_known(route: Route) -> None:
    """Where the route may answer 304, the method takes `known`."""
    conditional = 304 in route.answers
    assert ("known" in inspect.signature(getattr(OrdersClient, route.handler)).parameters) == conditional


@routes
def test_a_body_is_what_the_route_takes(route: Route) -> None:
    content = sent(route).content
    if route.body is None:
        assert content == b""
        return
    body: object = msgspec.json.decode(content, type=route.body)
    # Nothing of the shape was left at its default: the client can say all there is to say.
    assert msgspec.to_builtins(body) == msgspec.json.decode(content)


def test_a_count_is_put_right_by_the_route_that_takes_units_in() -> None:
    server = serving(gateway(418))
    with pytest.raises(ApiError):
        server.client().adjust_stock("MUG-RED", -3, "counted twice", idempotency_key="stocktaking")
    request, route = server.request, BY_NAME["receive_stock"]
    assert (request.method, request.url.path) == ("POST", "/products/MUG-RED/stock")
    assert request.headers["idempotency-key"] == "stocktaking"
    body = msgspec.json.decode(request.content, type=route.body)
    assert msgspec.to_builtins(body) == {"adjusted": -3, "reason": "counted twice"}


@routes
def test_the_token_goes_where_a_scope_is_asked_for(route: Route) -> None:
    assert ("authorization" in sent(route).headers) == (route.scope is not None)


@routes
def test_a_method_names_its_scope(route: Route) -> None:
    said = inspect.getdoc(getattr(OrdersClient, route.handler)) or ""
    assert (f"Scope `{route.scope}`." if route.scope else "Open to everyone.") in said


def test_an_address_has_every_field_of_the_apis() -> None:
    from ordering.http.shapes import PostalAddress

    ours, theirs = (msgspec.structs.fields(each) for each in (Address, PostalAddress))
    assert {each.encode_name: each.required for each in ours} == {
        each.encode_name: each.required for each in theirs
    }
