"""The requests that are measured, and the responses of DynamoDB to them."""

import base64
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ordering.domain.identity import customer_id, keyed_order_id
from ordering.domain.order import Order, OrderId
from ordering.domain.pricing import accept, price_lines
from ordering.domain.product import Product, ProductPrice, Sku
from ordering.dynamodb.codec import encode_item
from ordering.repositories.items import item_of
from ordering.repositories.keys import order_keys, product_keys

_ISSUER, _SUBJECT = "https://issuer.example", "alice"
_AT = "2026-11-01T12:00:00.000Z"
_MUG = Product(
    sku=Sku("MUG-RED"),
    name="Red mug",
    price=ProductPrice(amount=1250, currency="EUR"),
    created_at=_AT,
    updated_at=_AT,
    version=1,
    tag="measured",
)
_OWNER = customer_id(_ISSUER, _SUBJECT)


class Sample(NamedTuple):
    """A request, and what the stand-in for DynamoDB returns to each operation of it."""

    handler: str
    event: Mapping[str, Any]
    responses: Mapping[str, Any]


def samples() -> list[Sample]:
    """Returns a request of each kind that is measured."""
    placed = _order(0)
    body = {
        "lines": [{"sku": "MUG-RED", "quantity": 2}],
        "paymentToken": "tok_ok",
        "shippingAddress": {
            "name": "Alice Example",
            "line1": "Königstraße 1",
            "city": "Berlin",
            "postalCode": "10115",
            "country": "DE",
        },
    }
    path = {"orderId": placed.order_id}
    product = {**item_of(_MUG, product_keys.product(_MUG.sku))}
    return [
        Sample(
            "place_order",
            _event("POST /orders", body=json.dumps(body), headers={"idempotency-key": '"measured"'}),
            {"BatchGetItem": {"Responses": {"orders": [encode_item(product)]}}, "TransactWriteItems": {}},
        ),
        Sample(
            "get_order",
            _event("GET /orders/{orderId}", path=path),
            {"Query": {"Items": [_item(placed)], "Count": 1}},
        ),
        Sample(
            "list_orders",
            _event("GET /orders"),
            {"Query": {"Items": [_item(_order(number)) for number in range(20)], "Count": 20}},
        ),
    ]


def _order(number: int) -> Order:
    return accept(
        order_id=OrderId(keyed_order_id(_ISSUER, _SUBJECT, str(number))),
        customer_id=_OWNER,
        lines=price_lines([(_MUG.sku, 2)], {_MUG.sku: _MUG}),
        currency="EUR",
        payment_token="tok_ok",  # noqa: S106 (of the sandbox)
        fingerprint="0" * 64,
        nonce="measured",
        at=_AT,
        agreed=None,
        trace=None,
    )


def _item(order: Order) -> dict[str, Any]:
    return encode_item(
        item_of(
            order,
            order_keys.order(order.order_id),
            order_keys.my_orders(order.customer_id, order.created_at, order.order_id),
            order_keys.open_order(order.order_id, order.updated_at),
        )
    )


def _event(
    route: str,
    *,
    body: str | None = None,
    path: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Returns an event of API Gateway (payload format 2.0) for a caller with a token."""
    claims = {"iss": _ISSUER, "sub": _SUBJECT, "exp": 4102444800}
    token = ".".join((_base64({"alg": "RS256", "typ": "JWT"}), _base64(claims), "c2lnbmVk"))
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "headers": {
            "authorization": f"Bearer {token}",
            "content-type": "application/json",
            "user-agent": "measured",
            **(headers or {}),
        },
        "requestContext": {
            "requestId": "JKJaXmPLvHcESHA=",
            "authorizer": {"jwt": {"claims": {**claims, "exp": "4102444800"}, "scopes": None}},
            "http": {"method": route.partition(" ")[0]},
        },
        "isBase64Encoded": False,
    }
    return event | ({"body": body} if body else {}) | ({"pathParameters": dict(path)} if path else {})


def _base64(part: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
