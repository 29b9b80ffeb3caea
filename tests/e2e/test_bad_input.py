"""Invalid requests are refused with an error that names the field, and nothing is written."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.shop import Customer, Shop
from tests.support.world import order_body

Body = dict[str, Any]


@dataclass(frozen=True)
class Refusal:
    """How to make a valid body invalid, and the expected problem: its slug, status and field."""

    corrupt: Callable[[Body], object]
    slug: str
    status: int
    field: str | None = None


def _invalid(field: str, corrupt: Callable[[Body], object]) -> Refusal:
    return Refusal(corrupt, "invalid-body", 422, field)


def _malformed(corrupt: Callable[[Body], object]) -> Refusal:
    return Refusal(corrupt, "malformed-body", 400)


def _quantity(value: object) -> Callable[[Body], object]:
    return lambda body: body | {"lines": [body["lines"][0] | {"quantity": value}]}


def _literal_quantity(text: str) -> Callable[[Body], object]:
    """A quantity as text that no JSON encoder writes."""
    return lambda body: json.dumps(_quantity("@")(body)).replace('"@"', text).encode()


def _address(**changes: object) -> Callable[[Body], object]:
    return lambda body: body | {"shippingAddress": body["shippingAddress"] | changes}


def _without(name: str) -> Callable[[Body], object]:
    return lambda body: {key: value for key, value in body.items() if key != name}


REFUSED: Mapping[str, Refusal] = {
    "nothing": _malformed(lambda body: b""),
    "spaces": _malformed(lambda body: b"  \n"),
    "not JSON": _malformed(lambda body: b"lines=MUG"),
    "truncated JSON": _malformed(lambda body: json.dumps(body).encode()[:-1]),
    "JSON with trailing data": _malformed(lambda body: json.dumps(body).encode() + b"{}"),
    "a trailing comma": _malformed(lambda body: json.dumps(body).encode()[:-1] + b",}"),
    "half a surrogate pair": _malformed(_address(city="\ud800")),
    "NaN": _malformed(_literal_quantity("NaN")),
    "infinity": _malformed(_literal_quantity("Infinity")),
    "a list": _invalid("$", lambda body: [body]),
    "null": _invalid("$", lambda body: b"null"),
    "a string": _invalid("$", lambda body: json.dumps(json.dumps(body)).encode()),
    "no lines": _invalid("lines", _without("lines")),
    "empty lines": _invalid("lines", lambda body: body | {"lines": []}),
    "lines that are not a list": _invalid("lines", lambda body: body | {"lines": "MUG"}),
    "a line that is not an object": _invalid(
        "lines[1]", lambda body: body | {"lines": [*body["lines"], "MUG"]}
    ),
    "51 lines": _invalid(
        "lines", lambda body: body | {"lines": [{"sku": f"S{n}", "quantity": 1} for n in range(51)]}
    ),
    "the same SKU twice": _invalid("lines[1].sku", lambda body: body | {"lines": body["lines"] * 2}),
    "a SKU that is a number": _invalid("lines[0].sku", lambda b: b | {"lines": [{"sku": 1, "quantity": 1}]}),
    "a SKU with the separator of keys": _invalid(
        "lines[0].sku", lambda body: body | {"lines": [{"sku": "MUG#1", "quantity": 1}]}
    ),
    "no quantity": _invalid("lines[0].quantity", lambda body: body | {"lines": [{"sku": "MUG"}]}),
    "quantity zero": _invalid("lines[0].quantity", _quantity(0)),
    "quantity below zero": _invalid("lines[0].quantity", _quantity(-1)),
    "quantity above the bound": _invalid("lines[0].quantity", _quantity(1001)),
    "quantity beyond any integer": _invalid("lines[0].quantity", _literal_quantity("9" * 400)),
    "quantity beyond any float": _invalid("lines[0].quantity", _literal_quantity("1e999")),
    "quantity a fraction": _invalid("lines[0].quantity", _quantity(1.5)),
    "quantity a string": _invalid("lines[0].quantity", _quantity("1")),
    "quantity true": _invalid("lines[0].quantity", _quantity(True)),
    "quantity null": _invalid("lines[0].quantity", _quantity(None)),
    "a price set by the client": _invalid(
        "lines[0].unitPrice",
        lambda body: body | {"lines": [body["lines"][0] | {"unitPrice": {"amount": 1, "currency": "EUR"}}]},
    ),
    "a total set by the client": _invalid("total", lambda body: body | {"total": {"amount": 1}}),
    "no payment token": _invalid("paymentToken", _without("paymentToken")),
    "an empty payment token": _invalid("paymentToken", lambda body: body | {"paymentToken": ""}),
    "a payment token with a space": _invalid("paymentToken", lambda b: b | {"paymentToken": "tok ok"}),
    "no address": _invalid("shippingAddress", _without("shippingAddress")),
    "an address without a city": _invalid(
        "shippingAddress.city", lambda body: body | {"shippingAddress": _without("city")(_of(body))}
    ),
    "a country in lower case": _invalid("shippingAddress.country", _address(country="gb")),
    "a name of spaces": _invalid("shippingAddress.name", _address(name="   ")),
    "a name with a zero octet": _invalid("shippingAddress.name", _address(name="A\0da")),
    "a name without visible characters": _invalid(
        "shippingAddress.name", _address(name="\u200b\u00a0\u3164")
    ),
    "a line separator in a line": _invalid("shippingAddress.line1", _address(line1="1\u2028Total 0.00")),
    "a city with a bidirectional override": _invalid("shippingAddress.city", _address(city="Lon\u202edon")),
    "a country that is not assigned": _invalid("shippingAddress.country", _address(country="UK")),
    "a user-assigned country code": _invalid("shippingAddress.country", _address(country="ZZ")),
    "a postal code of another country": _invalid("shippingAddress.postalCode", _address(country="DE")),
    "no postal code where one is required": _invalid("shippingAddress.postalCode", _address(postalCode=None)),
    "a body in Latin-1": Refusal(
        lambda body: json.dumps(_address(city="Z\xfcrich")(body), ensure_ascii=False).encode("latin-1"),
        "malformed-body",
        400,
        "shippingAddress.city",
    ),
    "a name too long": _invalid("shippingAddress.name", _address(name="A" * 121)),
    "an unknown field of the address": _invalid("shippingAddress.planet", _address(planet="Earth")),
    "thirty thousand nested lists": _invalid(
        "lines[0]", lambda body: b'{"lines":' + b"[" * 30_000 + b"]" * 30_000 + b"}"
    ),
    "an unknown SKU": Refusal(
        lambda body: body | {"lines": [*body["lines"], {"sku": "NO-SUCH-SKU", "quantity": 1}]},
        "unknown-sku",
        422,
        "lines[1].sku",
    ),
    "a body of 64 KiB and one octet": Refusal(
        lambda body: json.dumps(body).encode().ljust(64 * 1024 + 1), "body-too-large", 413
    ),
    "a body of five megabytes": Refusal(
        lambda body: json.dumps(body).encode().ljust(5_000_000), "body-too-large", 413
    ),
}


def _of(body: Body) -> Body:
    address: Body = body["shippingAddress"]
    return address


@pytest.mark.parametrize("refusal", REFUSED.values(), ids=REFUSED.keys())
def test_an_invalid_order_is_refused_and_nothing_is_written(
    idle_shop: Shop, alice: Customer, sku: str, refusal: Refusal
) -> None:
    with idle_shop.tables.unchanged():
        body = refusal.corrupt(order_body((sku, 1)))
        refused = idle_shop.send(
            "POST", "/orders", token=alice.token, body=body, headers={"Idempotency-Key": "basket-1"}
        )
        assert refused.status == refusal.status, refused
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.body["type"] == f"urn:problem-type:{refusal.slug}"
        assert refused.body["status"] == refusal.status
        assert refused.body["title"]
        assert refused.body["instance"].startswith("urn:request:")
        named = [error["field"] for error in refused.body.get("errors", [])]
        assert named == ([refusal.field] if refusal.field else [])


@pytest.fixture(scope="module")
def sku(shop: Shop) -> str:
    """A product that can be ordered."""
    return shop.product(units=1000)


def test_a_body_that_is_not_utf_8_is_malformed(idle_shop: Shop, alice: Customer, sku: str) -> None:
    """Sent as octets, so that the gateway does not decode and repair them as text."""
    body = json.dumps(_address(city="@")(order_body((sku, 1)))).encode().replace(b"@", b"\xff")
    with idle_shop.tables.unchanged():
        headers = {"Content-Type": "application/octet-stream"}
        refused = idle_shop.send("POST", "/orders", token=alice.token, body=body, headers=headers)
        assert (refused.status, refused.body["type"]) == (400, "urn:problem-type:malformed-body")


def test_a_body_of_64_kib_is_accepted(shop: Shop, alice: Customer, sku: str) -> None:
    body = json.dumps(order_body((sku, 1))).encode().ljust(64 * 1024)
    assert shop.send("POST", "/orders", token=alice.token, body=body).status == 202


def test_an_order_with_two_currencies_is_refused(idle_shop: Shop, alice: Customer) -> None:
    body = order_body((idle_shop.product(), 1), (idle_shop.product(currency="USD"), 1))
    with idle_shop.tables.unchanged():
        refused = idle_shop.send("POST", "/orders", token=alice.token, body=body)
        assert (refused.status, refused.body["type"]) == (422, "urn:problem-type:mixed-currencies")


PRICE = {"amount": 1250, "currency": "EUR"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("PUT", "/products/NEW", {"price": PRICE}, 422, "name"),
        ("PUT", "/products/NEW", {"name": "New"}, 422, "price"),
        ("PUT", "/products/NEW", {"name": "New", "price": PRICE | {"amount": 0}}, 422, "price.amount"),
        ("PUT", "/products/NEW", {"name": "New", "price": PRICE | {"amount": -5}}, 422, "price.amount"),
        ("PUT", "/products/NEW", {"name": "New", "price": PRICE | {"amount": 1.5}}, 422, "price.amount"),
        ("PUT", "/products/NEW", {"name": "N", "price": PRICE | {"currency": "XXX"}}, 422, "price.currency"),
        ("PUT", "/products/NEW", {"name": "New", "price": PRICE, "sku": "OLD"}, 422, "sku"),
        ("PUT", "/products/a%20b", {"name": "New", "price": PRICE}, 400, "sku"),
        ("PUT", f"/products/{'x' * 65}", {"name": "New", "price": PRICE}, 400, "sku"),
        ("PUT", "/products/%23", {"name": "New", "price": PRICE}, 400, "sku"),
        ("POST", "/products/{sku}/stock", {"received": 0}, 422, "received"),
        ("POST", "/products/{sku}/stock", {"received": -1}, 422, "received"),
        ("POST", "/products/{sku}/stock", {"received": 1_000_001}, 422, "received"),
        ("POST", "/products/{sku}/stock", {}, 422, "received"),
        ("POST", "/products/NO-SUCH-SKU/stock", {"received": 1}, 404, None),
        ("PUT", "/customers/me", {"email": "nobody"}, 422, "email"),
        ("PUT", "/customers/me", {"email": "a@example.com", "phone": "1"}, 422, "phone"),
        ("PUT", "/customers/me", {"email": "a@example.com", "address": {}}, 422, "address.name"),
    ],
)
def test_other_invalid_bodies_are_refused_and_nothing_is_written(
    idle_shop: Shop, sku: str, method: str, path: str, body: object, status: int, field: str | None
) -> None:
    token = idle_shop.instance.token("staff", "products:write customers:write")
    with idle_shop.tables.unchanged():
        headers = {"Idempotency-Key": "delivery-2"}
        refused = idle_shop.send(method, path.format(sku=sku), token=token, body=body, headers=headers)
        assert refused.status == status, refused
        assert refused.headers["content-type"] == "application/problem+json"
        assert [error["field"] for error in refused.body.get("errors", [])] == ([field] if field else [])


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/orders?limit=0", "limit"),
        ("/orders?limit=101", "limit"),
        ("/orders?limit=ten", "limit"),
        ("/orders?limit=", "limit"),
        ("/orders?limit=-1", "limit"),
        ("/orders?limit=1&limit=2", "limit"),
        ("/orders?status=DONE", "status"),
        ("/orders?createdAfter=yesterday", "createdAfter"),
        ("/orders?createdAfter=2026-11-21T12:00:00", "createdAfter"),
        ("/orders?createdBefore=2026-13-01T00:00:00Z", "createdBefore"),
        ("/orders?cursor=", "cursor"),
        ("/orders?cursor=AAAA", "cursor"),
        ("/orders?cursor=%F0%9F%94%91", "cursor"),
        ("/products?cursor=AAAA", "cursor"),
        ("/products?limit=0", "limit"),
        ("/products/%00", "sku"),
        ("/admin/orders?openForMinutes=-1", "openForMinutes"),
        ("/admin/orders?openForMinutes=10081", "openForMinutes"),
        ("/admin/orders?limit=0", "limit"),
    ],
)
def test_the_refusal_of_a_parameter_names_it(shop: Shop, path: str, field: str) -> None:
    token = shop.instance.token("alice", "orders:read orders:admin")
    refused = shop.send("GET", path, token=token)
    assert refused.status == 400, refused
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.body["type"] == "urn:problem-type:invalid-parameter"
    assert [error["field"] for error in refused.body["errors"]] == [field]


@pytest.mark.parametrize("order_id", ["1", "NULL", "..", "%2e%2e", "ORDER%23", "x" * 300, "a%00b"])
def test_a_malformed_order_id_is_not_found(shop: Shop, alice: Customer, order_id: str) -> None:
    for method, path in (("GET", f"/orders/{order_id}"), ("POST", f"/orders/{order_id}/cancel")):
        assert shop.send(method, path, token=alice.token).status == 404
