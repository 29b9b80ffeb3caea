"""A small shop to look at: its catalogue and its first order, made over HTTP as any client would."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from local.steps import StepFailed, detail
from local.timeline import TERMINAL, ending, heading, transition
from local.web import Answer, call

_UNITS = 1000
_POLL = 0.1
_FOLLOW_SECONDS = 240.0


@dataclass(frozen=True)
class Product:
    """A product of the sample shop; the price in minor units of EUR."""

    sku: str
    name: str
    price: int
    description: str


CATALOGUE = (
    Product("BEANS-1KG", "Espresso beans, 1 kg", 2190, "A dark roast from the Lisbon roastery."),
    Product("GRINDER", "Hand grinder", 6900, "Steel burrs, 30 g at a time."),
    Product("MUG-RED", "Enamel mug, red", 1250, "Holds 350 ml and every fall."),
    Product("TEAPOT", "Stoneware teapot", 4800, "For four cups, with a strainer."),
)
_PRICES = {product.sku: product.price for product in CATALOGUE}
_LINES: tuple[dict[str, Any], ...] = ({"sku": "MUG-RED", "quantity": 2}, {"sku": "BEANS-1KG", "quantity": 1})
ORDER = {
    "lines": list(_LINES),
    "expectedTotal": {
        "amount": sum(_PRICES[line["sku"]] * line["quantity"] for line in _LINES),
        "currency": "EUR",
    },
    "paymentToken": "tok_ok",
    "shippingAddress": {
        "name": "Alice Martin",
        "line1": "12 Rose Street",
        "city": "Edinburgh",
        "postalCode": "EH2 2PR",
        "country": "GB",
    },
}
EMAIL = "alice@example.com"


def enter_profile(api: str, token: str) -> bool:
    """Give the sample customer an e-mail address, unless they have one; whether it is new.

    ``token`` must carry ``customers:read`` and ``customers:write``. Raises StepFailed when the API refuses.
    """
    if has_profile(api, token):
        return False
    _expect(call("PUT", f"{api}/customers/me", token=token, body={"email": EMAIL}), 201)
    return True


def has_profile(api: str, token: str) -> bool:
    """Whether a customer has entered where mail reaches them.

    ``token`` must carry ``customers:read``. Raises StepFailed when the API refuses.
    """
    found = call("GET", f"{api}/customers/me", token=token)
    if found.status != 404:
        _expect(found, 200)
    return found.status == 200


def stock_catalogue(api: str, token: str) -> int:
    """Enter the products that are missing and take in their stock once.

    ``token`` must carry ``products:write``. Returns the number of products that were new.
    Raises StepFailed when the API refuses.
    """
    new = 0
    for product in CATALOGUE:
        url = f"{api}/products/{product.sku}"
        if call("GET", url).status == 404:
            price = {"amount": product.price, "currency": "EUR"}
            entered = {"name": product.name, "description": product.description, "price": price}
            _expect(call("PUT", url, token=token, body=entered), 201)
            new += 1
        receipt = {"Idempotency-Key": f"first-delivery-{product.sku}"}
        _expect(call("POST", f"{url}/stock", token=token, body={"received": _UNITS}, headers=receipt), 200)
    return new


def place_order(api: str, token: str) -> dict[str, Any]:
    """Place the sample order under a fresh idempotency key and print its heading.

    Its expected total is what the catalogue shows: somebody may have changed a price of the sample shop.
    ``token`` must carry ``orders:write``. Raises StepFailed when the API refuses.
    """
    key = {"Idempotency-Key": str(uuid4())}
    wanted = ORDER | {"expectedTotal": shown_total(api)}
    order: dict[str, Any] = _expect(call("POST", f"{api}/orders", token=token, body=wanted, headers=key), 202)
    detail(heading(order))
    return order


def shown_total(api: str) -> dict[str, Any]:
    """What the lines of the sample order cost by the catalogue."""
    prices = [_expect(call("GET", f"{api}/products/{line['sku']}"), 200)["price"] for line in _LINES]
    amount = sum(price["amount"] * line["quantity"] for price, line in zip(prices, _LINES, strict=True))
    return {"amount": amount, "currency": prices[0]["currency"]}


def follow(api: str, token: str, order_id: str) -> dict[str, Any]:
    """Print each change of an order as it happens, until it has come to its end; the order as it is then.

    ``token`` must carry ``orders:read``. Raises StepFailed when it does not end in time.
    """
    deadline = time.monotonic() + _FOLLOW_SECONDS
    printed = 0
    while True:
        order: dict[str, Any] = _expect(call("GET", f"{api}/orders/{order_id}", token=token), 200)
        history = order["history"]
        for each in history[printed:]:
            detail(transition(each, history[0]))
        printed = len(history)
        if order["status"] in TERMINAL:
            detail(ending(order))
            return order
        if time.monotonic() > deadline:
            raise StepFailed(
                f"order {order_id} is still {order['status']} after {_FOLLOW_SECONDS:.0f} s",
                "`make logs` shows what the functions said about it",
            )
        time.sleep(_POLL)


def curl_lines(api: str, order_id: str) -> list[str]:
    """Three commands for a shell in the project's folder: browse, order, look the order up."""
    bearer = '-H "Authorization: Bearer $(make token)"'
    return [
        f"curl '{api}/products'",
        f"curl '{api}/orders' {bearer} -H 'Content-Type: application/json' -d '{json.dumps(ORDER)}'",
        f"curl '{api}/orders/{order_id}' {bearer}",
    ]


def what_next(api: str, order_id: str, *, proxied: bool) -> list[str]:
    """What a newcomer may try; ``proxied`` says that their shell has a proxy in the way."""
    way = ["Your shell sends all of it to a proxy, unless you say first: export no_proxy=127.0.0.1,localhost"]
    return [
        f"The API is at {api}",
        f"Browse it at   {api}/docs",
        "",
        "Three lines to copy:",
        *(way if proxied else []),
        "",
        *curl_lines(api, order_id),
        "",
        "What to try next: docs/api-guide.md, every flow with examples to copy; `make order`, another order;",
        "`make mail`, what customers were told; `make logs`, what the functions said; `make down`, the end.",
    ]


def _expect(answer: Answer, status: int) -> Any:
    if answer.status != status:
        raise StepFailed(
            f"the API answered {answer.status} where {status} was expected: {answer.body}",
            "`make logs` shows what the function said",
        )
    return answer.body
