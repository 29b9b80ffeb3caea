"""Request bodies with one changed part, and the problem that the API finds in a body."""

from typing import Any

import pytest

from ordering.http.problems import Problem
from ordering.http.request import Request
from ordering.http.shapes.placing import PlaceOrder
from tests.support.recorded import http_event
from tests.support.world import order_body

PRODUCT = {"name": "Red mug", "price": {"amount": 1250, "currency": "EUR"}}


def request(body: Any = None, **event: Any) -> Request:
    """Returns a request with a JSON body; `event` as in `http_event`."""
    return Request(http_event("POST /orders", body=body, **event))


def sent(body: Any, *, encoded: bool = False) -> Request:
    """Returns a request with any body, as the gateway passes it on."""
    return Request(http_event("POST /orders") | {"body": body, "isBase64Encoded": encoded})


def refused(asked: Request, shape: type[Any] = PlaceOrder) -> Problem:
    """Returns the problem with a body; fails the test if there is none."""
    with pytest.raises(Problem) as raised:
        asked.body(shape)
    return raised.value


def problem_of(asked: Request, shape: type[Any]) -> Problem | None:
    """Returns the problem with a body, if there is one. Any other exception fails the test."""
    try:
        asked.body(shape)
    except Problem as problem:
        return problem
    return None


def order_with(**changed: Any) -> dict[str, Any]:
    """Returns the body of an order with changed members."""
    return order_body() | changed


def order_to(**changed: Any) -> dict[str, Any]:
    """Returns the body of an order with a changed address."""
    return order_with(shippingAddress=order_body()["shippingAddress"] | changed)


def priced(**changed: Any) -> dict[str, Any]:
    """Returns a product with a changed price."""
    return PRODUCT | {"price": {"amount": 1250, "currency": "EUR"} | changed}


def profile_of(**changed: Any) -> dict[str, Any]:
    """Returns the body of a profile with a changed address."""
    return {"email": "ada@example.com", "address": order_body()["shippingAddress"] | changed}


def order_of(**changed: Any) -> dict[str, Any]:
    """Returns the body of an order with a changed second line."""
    return order_with(lines=[{"sku": "MUG-RED", "quantity": 1}, {"sku": "MUG-BLUE", "quantity": 2} | changed])
