"""The CORS headers by which a browser lets a page of another origin call the API."""

import pytest

from tests.e2e.shop import Customer, Shop

# The usual origins of development servers on a laptop.
ORIGINS = ("http://localhost:3000", "http://localhost:5173", "http://127.0.0.1:5173")


def _preflight(origin: str, method: str = "POST") -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("path", ["/orders", "/products/MUG-RED", "/customers/me"])
def test_a_configured_origin_may_call_the_api(shop: Shop, path: str, origin: str) -> None:
    answer = shop.send("OPTIONS", path, headers=_preflight(origin))
    assert answer.status in (200, 204)
    assert answer.headers["access-control-allow-origin"] == origin
    methods = {method.strip() for method in answer.headers["access-control-allow-methods"].split(",")}
    assert {"GET", "POST", "PUT", "DELETE"} <= methods
    named = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
    assert {"authorization", "content-type", "idempotency-key", "if-match", "if-none-match"} <= named


@pytest.mark.parametrize(
    "origin",
    [
        *("http://localhost:3001", "https://localhost:3000", "http://localhost:3000.example", "null"),
        "http://127.0.0.1:5174",
    ],
)
def test_any_other_origin_may_not_call_the_api(shop: Shop, origin: str) -> None:
    preflight = shop.send("OPTIONS", "/orders", headers=_preflight(origin))
    answer = shop.send("GET", "/products", headers={"Origin": origin})
    for each in (preflight, answer):
        assert each.headers.get("access-control-allow-origin") not in (origin, "*")


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_configured_origin_may_read_the_exposed_headers(shop: Shop, alice: Customer, origin: str) -> None:
    answer = shop.send("GET", "/orders", token=alice.token, headers={"Origin": origin})
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == origin
    exposed = {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert {"etag", "location", "idempotency-replayed"} <= exposed
