"""POST /orders: orders that are refused with a problem, and write nothing."""

import json
from typing import Any

import pytest

from ordering.http.problems import ProblemType
from ordering.http.request import MAX_BODY_BYTES
from tests.handlers.api.place_order_bodies import address, body_with, line
from tests.support.refusals import fields_of, kind_of
from tests.support.world import World, order_body

# What is sent, the status and the kind of the refusal, and the field that it names.
REFUSALS: dict[str, tuple[Any, int, ProblemType, str | None]] = {
    "nothing": (None, 400, ProblemType.MALFORMED_BODY, None),
    "empty": ("", 400, ProblemType.MALFORMED_BODY, None),
    "not JSON": ("lines=MUG-RED", 400, ProblemType.MALFORMED_BODY, None),
    "cut off": (json.dumps(order_body())[:-1], 400, ProblemType.MALFORMED_BODY, None),
    "NaN": (json.dumps(line(quantity=float("nan"))), 400, ProblemType.MALFORMED_BODY, None),
    "half a character": (address(city="\ud800"), 400, ProblemType.MALFORMED_BODY, None),
    "oversize": ("{" + " " * MAX_BODY_BYTES, 413, ProblemType.BODY_TOO_LARGE, None),
    "an array": ("[]", 422, ProblemType.INVALID_BODY, "$"),
    "no token": (
        {name: order_body()[name] for name in ("lines", "shippingAddress")},
        422,
        ProblemType.INVALID_BODY,
        "paymentToken",
    ),
    "a total": (body_with(total={"amount": 1, "currency": "EUR"}), 422, ProblemType.INVALID_BODY, "total"),
    "a price": (line(unitPrice=1), 422, ProblemType.INVALID_BODY, "lines[0].unitPrice"),
    "no lines": (body_with(lines=[]), 422, ProblemType.INVALID_BODY, "lines"),
    "51 lines": (order_body(*[(f"S{n}", 1) for n in range(51)]), 422, ProblemType.INVALID_BODY, "lines"),
    "one product twice": (
        order_body(("MUG-RED", 1), ("MUG-BLUE", 1), ("MUG-RED", 2)),
        422,
        ProblemType.INVALID_BODY,
        "lines[2].sku",
    ),
    "a quantity of zero": (line(quantity=0), 422, ProblemType.INVALID_BODY, "lines[0].quantity"),
    "a negative quantity": (line(quantity=-1), 422, ProblemType.INVALID_BODY, "lines[0].quantity"),
    "a huge quantity": (line(quantity=10**18), 422, ProblemType.INVALID_BODY, "lines[0].quantity"),
    "a quantity of text": (line(quantity="1"), 422, ProblemType.INVALID_BODY, "lines[0].quantity"),
    "a quantity of a float": (line(quantity=1.5), 422, ProblemType.INVALID_BODY, "lines[0].quantity"),
    "a quantity of true": (line(quantity=True), 422, ProblemType.INVALID_BODY, "lines[0].quantity"),
    "a SKU of no form": (line(sku="MUG RED"), 422, ProblemType.INVALID_BODY, "lines[0].sku"),
    "an empty token": (body_with(paymentToken=""), 422, ProblemType.INVALID_BODY, "paymentToken"),
    "no address": (body_with(shippingAddress=None), 422, ProblemType.INVALID_BODY, "shippingAddress"),
    "no country": (address(country=""), 422, ProblemType.INVALID_BODY, "shippingAddress.country"),
    "a recipient that is invisible": (
        address(name="\u200b\u00a0"),
        422,
        ProblemType.INVALID_BODY,
        "shippingAddress.name",
    ),
    "a forged line": (address(city="A\u2028B"), 422, ProblemType.INVALID_BODY, "shippingAddress.city"),
    "not UTF-8": (
        json.dumps(address(city="Z\ufffdrich"), ensure_ascii=False),
        400,
        ProblemType.MALFORMED_BODY,
        "shippingAddress.city",
    ),
    "a code that is no country": (
        address(country="UK"),
        422,
        ProblemType.INVALID_BODY,
        "shippingAddress.country",
    ),
    "no postal code": (address(postalCode=None), 422, ProblemType.INVALID_BODY, "shippingAddress.postalCode"),
    "an unknown SKU": (
        order_body(("MUG-RED", 1), ("MUG-GONE", 1)),
        422,
        ProblemType.UNKNOWN_SKU,
        "lines[1].sku",
    ),
}


refusals = pytest.mark.parametrize(("body", "status", "kind", "field"), REFUSALS.values(), ids=REFUSALS)


@refusals
def test_bad_order_is_refused_with_its_problem_and_field(
    shop: World, body: Any, status: int, kind: ProblemType, field: str | None
) -> None:
    refused = shop.api("place_order", "POST /orders", body)
    assert (refused.status, kind_of(refused), fields_of(refused)) == (
        status,
        kind.slug,
        [field] if field else [],
    )


@refusals
def test_bad_order_writes_nothing(
    shop: World, body: Any, status: int, kind: ProblemType, field: str | None
) -> None:
    before = shop.items()
    shop.api("place_order", "POST /orders", body, headers={"Idempotency-Key": "key-1"})
    assert shop.items() == before


def test_order_in_two_currencies_is_refused(shop: World) -> None:
    in_dollars(shop)
    refused = shop.place(order_body(("MUG-RED", 1), ("MUG-US", 1)))
    assert (refused.status, kind_of(refused), fields_of(refused)) == (422, "mixed-currencies", ["lines"])


def test_order_in_two_currencies_writes_nothing(shop: World) -> None:
    in_dollars(shop)
    before = shop.items()
    shop.place(order_body(("MUG-RED", 1), ("MUG-US", 1)))
    assert shop.items() == before


def test_order_from_an_empty_catalogue_is_refused(world: World) -> None:
    assert kind_of(world.place()) == "unknown-sku"


@pytest.mark.parametrize("key", ["", " ", "two words", "ключ", "k" * 256], ids=ascii)
def test_malformed_key_is_refused(shop: World, key: str) -> None:
    refused = shop.api("place_order", "POST /orders", order_body(), headers={"Idempotency-Key": key})
    assert (refused.status, kind_of(refused), fields_of(refused)) == (
        400,
        "invalid-idempotency-key",
        ["Idempotency-Key"],
    )


def test_malformed_key_writes_nothing(shop: World) -> None:
    before = shop.items()
    shop.place(key="two words")
    assert shop.items() == before


def in_dollars(shop: World) -> None:
    """With a mug that is priced in dollars."""
    body = {"name": "Mug", "price": {"amount": 1500, "currency": "USD"}}
    shop.api("put_product", "PUT /products/{sku}", body, path={"sku": "MUG-US"})
