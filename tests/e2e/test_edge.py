"""The distribution in front of the API, through the engine's data plane of CloudFront, with its function.

The engine caches nothing. Which responses are cached on AWS, and for how long, follows from the headers
tested here and from the policies tested in `tests/infra/test_edge.py`.
"""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from local.web import HttpResponse
from ordering.http.problems import ProblemType
from tests.e2e.edge_client import EdgeClient
from tests.e2e.shop import ADDRESS, REQUEST_TIMEOUT, Shop
from tests.e2e.waiting import until

ORIGIN = "http://localhost:3000"
ADDRESS_BODY = {
    "name": ADDRESS.name,
    "line1": ADDRESS.line1,
    "city": ADDRESS.city,
    "postalCode": ADDRESS.postal_code,
    "country": ADDRESS.country,
}


@pytest.fixture
def edge(shop: Shop) -> Iterator[EdgeClient]:
    with httpx.Client(trust_env=False, timeout=REQUEST_TIMEOUT) as client:
        outputs = shop.instance.outputs
        yield EdgeClient(outputs["EdgeTarget"], outputs["Endpoint"], client)


def test_catalogue_has_its_caching_headers_behind_the_distribution(shop: Shop, edge: EdgeClient) -> None:
    sku = shop.product()
    page = edge.send("GET", "/products?limit=1&active=true")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "public, max-age=30"
    assert "cloudfront" in page.headers["x-cache"]
    product = edge.send("GET", f"/products/{sku}")
    assert product.json()["sku"] == sku
    again = edge.send("GET", f"/products/{sku}", headers={"if-none-match": product.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert edge.send("HEAD", f"/products/{sku}").headers["etag"] == product.headers["etag"]


def test_token_of_a_public_request_does_not_reach_the_api(shop: Shop, edge: EdgeClient) -> None:
    assert edge.send("GET", f"/products/{shop.product()}", token="nonsense").status_code == 200


def test_order_is_placed_and_followed_through_the_distribution(shop: Shop, edge: EdgeClient) -> None:
    alice, bob = shop.customer("alice"), shop.customer("bob")
    body = {
        "lines": [{"sku": shop.product(), "quantity": 1}],
        "paymentToken": "tok_ok",
        "shippingAddress": ADDRESS_BODY,
    }
    key = {"idempotency-key": uuid4().hex}
    placed = edge.send("POST", "/orders", token=alice.token, body=body, headers=key)
    assert placed.status_code == 202, placed.text
    path = f"/{placed.headers['location']}"
    until(
        "the order to be fulfilled",
        lambda: edge.send("GET", path, token=alice.token).json()["status"] == "FULFILLED",
    )
    mine = edge.send("GET", path, token=alice.token)
    assert mine.headers["cache-control"] == "no-store"
    replayed = edge.send("POST", "/orders", token=alice.token, body=body, headers=key)
    assert replayed.headers["idempotency-replayed"] == "true"
    stranger = edge.send("GET", path, token=bob.token)
    assert stranger.status_code == 404
    assert edge.send("GET", path).status_code == 401


def test_product_is_changed_through_a_path_whose_reads_are_cached(shop: Shop, edge: EdgeClient) -> None:
    """The tag of a read is accepted by `If-Match`, and the token of a change reaches the API."""
    path = f"/products/{shop.product()}"
    staff = shop.instance.token("staff", "products:write")
    tag = edge.send("GET", path).headers["etag"]
    body = {"name": "Blue mug", "price": {"amount": 900, "currency": "EUR"}}
    changed = edge.send("PUT", path, token=staff, body=body, headers={"if-match": tag})
    assert changed.status_code == 200, changed.text
    assert edge.send("GET", path).json()["name"] == "Blue mug"
    stale = edge.send("PUT", path, token=staff, body=body, headers={"if-match": tag})
    assert stale.status_code == 412


@pytest.mark.parametrize("path", ["/products?kategorie=mugs", "/products?limit=0", "/products/no sku"])
def test_problem_passes_the_distribution_unchanged(shop: Shop, edge: EdgeClient, path: str) -> None:
    through: httpx.Response = edge.send("GET", path.replace(" ", "%20"))
    direct: HttpResponse = shop.send("GET", path.replace(" ", "%20"))
    assert through.status_code == direct.status == ProblemType.INVALID_PARAMETER.status
    assert through.headers["content-type"] == direct.headers["content-type"] == "application/problem+json"
    assert _without_id(through.json()) == _without_id(direct.body)


def test_page_of_an_allowed_origin_may_read_and_another_may_not(shop: Shop, edge: EdgeClient) -> None:
    allowed = edge.send("GET", "/products?limit=1", headers={"origin": ORIGIN})
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    other = edge.send("GET", "/products?limit=1", headers={"origin": "https://evil.example"})
    assert (other.status_code, other.headers.get("access-control-allow-origin")) == (200, None)
    preflight = edge.send(
        "OPTIONS", "/products", headers={"origin": ORIGIN, "access-control-request-method": "GET"}
    )
    assert preflight.headers["access-control-allow-origin"] == ORIGIN


def test_responses_of_the_gateway_itself_get_security_headers(edge: EdgeClient) -> None:
    refused = edge.send("GET", "/orders")
    assert refused.status_code == 401
    assert refused.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    assert refused.headers["x-content-type-options"] == "nosniff"


def test_request_without_tls_is_refused_and_not_redirected(edge: EdgeClient) -> None:
    assert edge.send("GET", "/products", scheme="http").status_code == 403


def _without_id(problem: Any) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name not in ("requestId", "instance")}
