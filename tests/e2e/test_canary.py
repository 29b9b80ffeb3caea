"""A canary order takes the deployed path: the API, the stream, the event bus, the queue and the saga."""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from ordering.domain.canary import SCOPE, SKU
from orders_client import ApiError
from tests.e2e.shop import Customer, Shop
from tests.e2e.waiting import DEADLINE
from tests.support.fresh_modules import load_anew
from tests.support.loopback import Canned, serving
from tests.support.world import Context

AT = "2026-11-28T12:01:00Z"


@pytest.fixture
def run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """The canary's function in this process, as a client of the deployed API; returns its outcome."""

    def run() -> Any:
        token = shop.instance.token("canary", f"orders:read orders:write {SCOPE}")
        with serving() as issuer:
            issuer.responses["/token"] = Canned({"access_token": token, "expires_in": 3600})
            monkeypatch.setenv("API_URL", shop.instance.api)
            monkeypatch.setenv("TOKEN_URL", f"{issuer.url}/token")
            canary: ModuleType = load_anew("lambdas.scheduled.place_canary_order", monkeypatch)
            secret = SimpleNamespace(get_secret_value=lambda SecretId: {"SecretString": "secret"})
            monkeypatch.setattr(canary, "secrets", secret)
            # A laptop with cold functions takes longer than a stage on AWS.
            monkeypatch.setattr(canary, "FOLLOW_SECONDS", float(DEADLINE))
            monkeypatch.setattr(canary, "IN_TIME_SECONDS", float(DEADLINE))
            return canary.handler({"scheduledAt": AT}, Context())

    return run


def test_canary_order_ends_on_the_deployed_path(shop: Shop, run: Callable[[], Any]) -> None:
    """Guarantee 1: a repeated invocation follows the same order."""
    assert [run(), run()] == [{"outcome": "ENDED"}] * 2
    canary_orders = [
        item
        for item in shop.tables.items()
        if item["SK"] == "ORDER" and [line["sku"] for line in item["lines"]] == [SKU]
    ]
    (order,) = canary_orders
    assert (order["status"], order["reason"], order["total"]) == ("REJECTED", "OUT_OF_STOCK", 0)
    shop.check_guarantees()


def test_customer_cannot_order_the_product_of_the_canary(alice: Customer) -> None:
    with pytest.raises(ApiError) as refused:
        alice.place(SKU)
    assert refused.value.status == 422
