"""Conformance to the HTTP standards, through the gateway: headers, HEAD, codings, an API below a path."""

import gzip
import json
from collections.abc import Iterator, Sequence
from urllib.parse import urljoin
from uuid import uuid4

import httpx
import pytest

from ordering.http.routes import ROUTES
from tests.e2e.shop import REQUEST_TIMEOUT, Customer, Shop
from tests.support.world import order_body

Headers = Sequence[tuple[str, str]]


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """A client that adds no headers except those that HTTP needs, and uses no proxy."""
    with httpx.Client(transport=httpx.HTTPTransport(), timeout=REQUEST_TIMEOUT) as client:
        client.headers = httpx.Headers()
        yield client


@pytest.fixture(scope="module")
def sku(shop: Shop) -> str:
    return shop.product(units=1000)


def place(
    http: httpx.Client, shop: Shop, customer: Customer, sku: str, *headers: tuple[str, str]
) -> httpx.Response:
    content = json.dumps(order_body((sku, 1))).encode()
    sent = [("authorization", f"Bearer {customer.token}"), ("content-type", "application/json"), *headers]
    return http.post(f"{shop.instance.api}/orders", content=content, headers=sent)


def field_of(response: httpx.Response) -> str:
    field: str = response.json()["errors"][0]["field"]
    return field


@pytest.mark.parametrize(
    ("headers", "status", "field"),
    [
        ([("idempotency-key", "K"), ("idempotency-key", "K")], 400, "Idempotency-Key"),
        ([("idempotency-key", '"K"'), ("idempotency-key", '"K"')], 400, "Idempotency-Key"),
        ([("idempotency-key", "K,K")], 400, "Idempotency-Key"),
        ([("idempotency-key", '""')], 400, "Idempotency-Key"),
        ([("idempotency-key", "")], 400, "Idempotency-Key"),
        ([("content-type", "application/json")], 400, "Content-Type"),
    ],
)
def test_an_order_with_a_duplicate_header_is_not_placed(
    idle_shop: Shop, http: httpx.Client, alice: Customer, sku: str, headers: Headers, status: int, field: str
) -> None:
    with idle_shop.tables.unchanged():
        refused = place(http, idle_shop, alice, sku, *headers)
        assert (refused.status_code, field_of(refused)) == (status, field), refused.text


def test_a_duplicate_authorization_header_is_refused(
    shop: Shop, http: httpx.Client, alice: Customer, sku: str
) -> None:
    assert place(http, shop, alice, sku, ("authorization", f"Bearer {alice.token}")).status_code == 401


def test_two_spaces_before_the_token_are_accepted(shop: Shop, http: httpx.Client, alice: Customer) -> None:
    headers = {"authorization": f"Bearer  {alice.token}"}
    assert http.get(f"{shop.instance.api}/orders", headers=headers).status_code == 200


def test_an_idempotency_key_is_the_same_with_and_without_quotes(
    shop: Shop, http: httpx.Client, alice: Customer, sku: str
) -> None:
    key = "k" * 200 + str(uuid4())
    unquoted, quoted = (
        place(http, shop, alice, sku, ("idempotency-key", each)) for each in (key, f'"{key}"')
    )
    assert unquoted.json()["orderId"] == quoted.json()["orderId"]
    assert quoted.headers["idempotency-replayed"] == "true"


def test_location_resolves_below_the_path_of_the_api(
    shop: Shop, http: httpx.Client, alice: Customer, sku: str
) -> None:
    """The address of the local gateway has a path."""
    placed = place(http, shop, alice, sku)
    location = urljoin(str(placed.url), placed.headers["location"])
    assert location == f"{shop.instance.api}/{placed.headers['location']}"
    read = http.get(location, headers={"authorization": f"Bearer {alice.token}"})
    assert (read.status_code, read.json()["orderId"]) == (200, placed.json()["orderId"])


@pytest.mark.parametrize("content", [gzip.compress(b"{}", mtime=0), b"{}", b""])
def test_a_compressed_body_gets_415(shop: Shop, http: httpx.Client, alice: Customer, content: bytes) -> None:
    headers = {
        "authorization": f"Bearer {alice.token}",
        "content-type": "application/json",
        "content-encoding": "gzip",
    }
    refused = http.post(f"{shop.instance.api}/orders", content=content, headers=headers)
    assert (refused.status_code, field_of(refused)) == (415, "Content-Encoding")
    assert refused.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "path",
    # A thumbnail exists only after an upload: `test_images.py`.
    [
        route.path
        for route in ROUTES
        if route.method == "GET" and not route.scope and "{imageId}" not in route.path
    ],
)
def test_head_has_the_headers_of_get_and_no_body(
    idle_shop: Shop, http: httpx.Client, sku: str, path: str
) -> None:
    url = idle_shop.instance.api + path.format(sku=sku)
    got, head = http.get(url), http.head(url)
    assert (got.status_code, head.status_code, head.content) == (200, 200, b"")
    ignored = {"date", "apigw-requestid", "x-amzn-requestid"}
    theirs, ours = (
        {name: value for name, value in answer.headers.items() if name not in ignored}
        for answer in (got, head)
    )
    assert ours == theirs
    assert int(head.headers["content-length"]) == int(got.headers["content-length"]) > 0


@pytest.mark.parametrize("path", ["/orders", "/customers/me", "/admin/orders"])
def test_head_requires_the_same_token_as_get(shop: Shop, http: httpx.Client, path: str) -> None:
    assert http.head(shop.instance.api + path).status_code == 401


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip", "gzip"), ("gzip;q=0", None), ("identity;q=0, gzip", "gzip"), ("identity", None), ("br", None)],
)
def test_the_documentation_page_has_an_accepted_coding(
    shop: Shop, http: httpx.Client, accepted: str, coding: str | None
) -> None:
    page = http.get(f"{shop.instance.api}/docs", headers={"accept-encoding": accepted})
    assert (page.status_code, page.headers.get("content-encoding")) == (200, coding)
    assert page.text.startswith("<!doctype html>")


@pytest.mark.parametrize("accepted", ["identity;q=0", "*;q=0"])
def test_excluding_every_coding_gets_406(shop: Shop, http: httpx.Client, accepted: str) -> None:
    page = http.get(f"{shop.instance.api}/docs", headers={"accept-encoding": accepted})
    assert (page.status_code, field_of(page)) == (406, "Accept-Encoding")


@pytest.mark.parametrize("method", ["PATCH", "TRACE", "PUT", "DELETE"])
def test_a_method_that_a_path_does_not_have_gets_404(shop: Shop, http: httpx.Client, method: str) -> None:
    """As the API guide describes: the gateway matches method and path together."""
    answer = http.request(method, f"{shop.instance.api}/orders")
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


def test_a_quoted_star_matches_no_version(idle_shop: Shop, sku: str) -> None:
    token = idle_shop.instance.token("staff", "products:write")
    body = {"name": "Overwritten", "price": {"amount": 1, "currency": "EUR"}}
    with idle_shop.tables.unchanged():
        for method, sent in (("PUT", body), ("DELETE", None)):
            refused = idle_shop.send(
                method, f"/products/{sku}", token=token, body=sent, headers={"If-Match": '"*"'}
            )
            assert refused.status == 412


@pytest.mark.parametrize("quantity", ["1.0", "1e0", "10E-1"])
def test_an_integer_may_be_written_as_a_float_or_with_an_exponent(
    shop: Shop, alice: Customer, sku: str, quantity: str
) -> None:
    body = json.dumps(order_body((sku, 1))).replace('"quantity": 1', f'"quantity": {quantity}').encode()
    placed = shop.send("POST", "/orders", token=alice.token, body=body)
    assert (placed.status, placed.body["lines"][0]["quantity"]) == (202, 1)


def test_a_leap_second_is_accepted_as_a_time(shop: Shop, alice: Customer) -> None:
    assert shop.send("GET", "/orders?createdAfter=2016-12-31T23:59:60Z", token=alice.token).status == 200
