"""What anybody may ask of the API itself, and what the gateway answers where there is no route."""

import httpx
import pytest

from tests.e2e.shop import PATIENCE, Shop


def test_the_api_says_that_it_can_work(shop: Shop) -> None:
    health = shop.public.get_health()
    assert (health.status, health.stage) == ("ok", "local")


def test_every_answer_of_ours_forbids_what_browsers_would_guess(shop: Shop) -> None:
    for path in ("/health", "/products/NO-SUCH-SKU", "/openapi.json", "/docs"):
        headers = httpx.get(f"{shop.instance.api}{path}", timeout=PATIENCE, trust_env=False).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["strict-transport-security"].startswith("max-age=")
        assert headers["cache-control"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/nothing"), ("PATCH", "/orders"), ("DELETE", "/orders")]
)
def test_where_there_is_no_route_the_gateway_says_so(shop: Shop, method: str, path: str) -> None:
    answer = shop.send(method, path)
    assert (answer.status, answer.body) == (404, {"message": "Not Found"})
