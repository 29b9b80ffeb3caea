"""The health of the API, its security headers, and the gateway's response to an unknown route."""

import httpx
import pytest

from tests.e2e.shop import REQUEST_TIMEOUT, Shop


def test_the_api_reports_that_it_is_healthy(shop: Shop) -> None:
    health = shop.public.get_health()
    assert (health.status, health.stage) == ("ok", "local")


def test_every_response_has_the_security_headers(shop: Shop) -> None:
    for path in (
        "/health",
        "/products/NO-SUCH-SKU",
        "/openapi.json",
        "/docs",
        "/asyncapi.json",
        "/docs/events",
    ):
        headers = httpx.get(f"{shop.instance.api}{path}", timeout=REQUEST_TIMEOUT, trust_env=False).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["strict-transport-security"].startswith("max-age=")
        assert headers["cache-control"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/nothing"), ("PATCH", "/orders"), ("DELETE", "/orders")]
)
def test_the_gateway_returns_404_for_an_unknown_route(shop: Shop, method: str, path: str) -> None:
    answer = shop.send(method, path)
    assert (answer.status, answer.body) == (404, {"message": "Not Found"})
