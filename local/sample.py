"""Sample data: a catalogue and a first order, created over HTTP as any client would."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from console.progress import StepFailed, detail
from console.timeline import TERMINAL, ending, heading, transition
from local.web import HttpResponse, call

_UNITS = 1000
_POLL = 0.1
_FOLLOW_SECONDS = 240.0


@dataclass(frozen=True)
class SampleProduct:
    """A product of the sample shop; the price in minor units of EUR."""

    sku: str
    name: str
    price: int
    description: str
    category: str
    attributes: Mapping[str, str | int | float | bool]


CATALOGUE = (
    SampleProduct(
        sku="BEANS-1KG",
        name="Espresso beans, 1 kg",
        price=2190,
        description="A dark roast from the Lisbon roastery.",
        category="coffee",
        attributes={"roast": "dark", "kilograms": 1, "decaffeinated": False},
    ),
    SampleProduct(
        sku="CUPS-ESPRESSO",
        name="Espresso cups, set of two",
        price=2600,
        description="Thick-walled porcelain that keeps a small coffee hot.",
        category="mugs",
        attributes={"litres": 0.08, "pieces": 2, "dishwasherSafe": True},
    ),
    SampleProduct(
        sku="FILTERS-100",
        name="Paper filters, 100",
        price=590,
        description="Unbleached, for drippers of any size.",
        category="coffee-tools",
        attributes={"pieces": 100, "bleached": False},
    ),
    SampleProduct(
        sku="GRINDER",
        name="Hand grinder",
        price=6900,
        description="Steel burrs, 30 g at a time.",
        category="coffee-tools",
        attributes={"burrs": "steel", "grams": 30},
    ),
    SampleProduct(
        sku="KETTLE-09L",
        name="Gooseneck kettle",
        price=7400,
        description="Pours as slowly as you like. Steel, with a handle of walnut.",
        category="coffee-tools",
        attributes={"litres": 0.9, "induction": True},
    ),
    SampleProduct(
        sku="MUG-RED",
        name="Enamel mug, red",
        price=1250,
        description="Holds 350 ml, and is not damaged by a fall.",
        category="mugs",
        attributes={"colour": "red", "litres": 0.35, "dishwasherSafe": True},
    ),
    SampleProduct(
        sku="SENCHA-100G",
        name="Sencha, 100 g",
        price=1490,
        description="A green tea of the first flush, grassy and sweet.",
        category="tea",
        attributes={"origin": "Uji", "grams": 100},
    ),
    SampleProduct(
        sku="TEAPOT",
        name="Stoneware teapot",
        price=4800,
        description="For four cups, with a strainer.",
        category="tea",
        attributes={"cups": 4, "strainer": True},
    ),
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
    """Give the sample customer an e-mail address, unless they have one; returns whether it is new.

    ``token`` must carry ``customers:read`` and ``customers:write``. Raises StepFailed when the API refuses.
    """
    if has_profile(api, token):
        return False
    _expect(call("PUT", f"{api}/customers/me", token=token, body={"email": EMAIL}), 201)
    return True


def has_profile(api: str, token: str) -> bool:
    """Whether the customer has entered an e-mail address.

    ``token`` must carry ``customers:read``. Raises StepFailed when the API refuses.
    """
    found = call("GET", f"{api}/customers/me", token=token)
    if found.status != 404:
        _expect(found, 200)
    return found.status == 200


def stock_catalogue(api: str, token: str) -> int:
    """Enter the products that are missing and receive their stock once.

    ``token`` must carry ``products:write``. Returns the number of products that were new.
    Raises StepFailed when the API refuses.
    """
    new = 0
    for product in CATALOGUE:
        url = f"{api}/products/{product.sku}"
        if call("GET", url).status == 404:
            price = {"amount": product.price, "currency": "EUR"}
            entered = {
                "name": product.name,
                "price": price,
                "description": product.description,
                "category": product.category,
                "attributes": product.attributes,
            }
            _expect(call("PUT", url, token=token, body=entered), 201)
            new += 1
        receipt = {"Idempotency-Key": f"first-delivery-{product.sku}"}
        _expect(call("POST", f"{url}/stock", token=token, body={"received": _UNITS}, headers=receipt), 200)
    return new


def place_order(api: str, token: str) -> dict[str, Any]:
    """Place the sample order under a fresh idempotency key and print its heading.

    Its expected total comes from the catalogue, as a price may have been changed since.
    ``token`` must carry ``orders:write``. Raises StepFailed when the API refuses.
    """
    key = {"Idempotency-Key": str(uuid4())}
    wanted = ORDER | {"expectedTotal": shown_total(api)}
    order: dict[str, Any] = _expect(call("POST", f"{api}/orders", token=token, body=wanted, headers=key), 202)
    detail(heading(order))
    return order


def shown_total(api: str) -> dict[str, Any]:
    """Returns the total of the sample order by the current catalogue."""
    prices = [_expect(call("GET", f"{api}/products/{line['sku']}"), 200)["price"] for line in _LINES]
    amount = sum(price["amount"] * line["quantity"] for price, line in zip(prices, _LINES, strict=True))
    return {"amount": amount, "currency": prices[0]["currency"]}


def follow(api: str, token: str, order_id: str) -> dict[str, Any]:
    """Print each change of an order as it happens, until it ends; returns the order as it is then.

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
                "`make logs` shows the functions' log lines about it",
            )
        time.sleep(_POLL)


def curl_lines(api: str, order_id: str) -> list[str]:
    """Returns three shell commands for the project's folder: browse, order, look the order up."""
    bearer = '-H "Authorization: Bearer $(make token)"'
    return [
        f"curl '{api}/products'",
        f"curl '{api}/orders' {bearer} -H 'Content-Type: application/json' -d '{json.dumps(ORDER)}'",
        f"curl '{api}/orders/{order_id}' {bearer}",
    ]


def what_next(api: str, order_id: str, *, web: str | None, proxied: bool) -> list[str]:
    """Returns what to try next; ``proxied``: the caller's shell sends loopback requests to a proxy."""
    way = ["Your shell has a proxy configured. Run first: export no_proxy=127.0.0.1,localhost"]
    return [
        *(
            [f"The shop is at {web}", f"Break it at    {web}/console/break (sign in as the operator)"]
            if web is not None
            else []
        ),
        f"The API is at  {api}",
        f"Browse it at   {api}/docs",
        "",
        "Three commands to try:",
        *(way if proxied else []),
        "",
        *curl_lines(api, order_id),
        "",
        "What to try next:",
        "  make order    place another order and follow it",
        "  make mail     show the mail that customers received",
        "  make logs     show the logs of the engine and of every function",
        "  make down     stop the local run",
        "  docs/api-guide.md has every flow with examples to copy.",
    ]


def _expect(answer: HttpResponse, status: int) -> Any:
    if answer.status != status:
        raise StepFailed(
            f"the API returned {answer.status} where {status} was expected: {answer.body}",
            "`make logs` shows the function's log",
        )
    return answer.body
