"""What the client sends."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from orders_client import Line, Money, OrdersClient, OrderStatus, RetryPolicy, __version__
from tests.client.support import ADDRESS, ORDER_ID, TOKEN, answer, order, product, serving


def test_an_order_is_sent_as_the_api_wants_it() -> None:
    server = serving(answer(order(), 202))
    server.client().place_order([Line("MUG-RED", 2)], "tok_ok", ADDRESS, idempotency_key="basket-7")
    request = server.request
    assert (request.method, request.url.path) == ("POST", "/orders")
    assert json.loads(request.content) == {
        "lines": [{"sku": "MUG-RED", "quantity": 2}],
        "paymentToken": "tok_ok",
        "shippingAddress": {
            "name": "Ada Lovelace",
            "line1": "12 St James's Square",
            "city": "London",
            "postalCode": "SW1Y 4JH",
            "country": "GB",
        },
    }
    assert request.headers["content-type"] == "application/json"
    assert request.headers["idempotency-key"] == "basket-7"
    assert request.headers["user-agent"] == f"orders-client/{__version__}"


def test_an_order_without_a_key_of_the_callers_gets_a_fresh_one() -> None:
    server = serving(answer(order(), 202), answer(order(), 202))
    client = server.client()
    for _ in range(2):
        client.place_order([Line("MUG-RED", 2)], "tok_ok", ADDRESS)
    first, second = (UUID(request.headers["idempotency-key"]) for request in server.requests)
    assert first != second


def test_the_token_goes_with_what_needs_one_and_with_nothing_else() -> None:
    server = serving(answer(order()), answer(product()))
    client = server.client()
    client.get_order(ORDER_ID)
    client.get_product("MUG-RED")
    own, public = server.requests
    assert own.headers["authorization"] == f"Bearer {TOKEN}"
    assert "authorization" not in public.headers


def test_a_function_is_asked_for_the_token_at_every_request() -> None:
    tokens = iter(["first", "second"])
    server = serving(answer(order()), answer(order()))
    client = server.client(token=lambda: next(tokens))
    client.get_order(ORDER_ID)
    client.get_order(ORDER_ID)
    assert [request.headers["authorization"] for request in server.requests] == [
        "Bearer first",
        "Bearer second",
    ]


def test_the_api_may_have_a_path_of_its_own() -> None:
    server = serving(answer(order()))
    with OrdersClient(
        "http://127.0.0.1:4566/_aws/execute-api/abc/$default", TOKEN, transport=server.client()._http._transport
    ) as client:
        client.get_order(ORDER_ID)
    assert server.request.url.path == f"/_aws/execute-api/abc/$default/orders/{ORDER_ID}"
