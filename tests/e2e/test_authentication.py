"""Guarantee 6: which tokens may call which routes. The gateway's own errors are `{"message": ...}`."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from local.environment import Instance
from local.tokens import new_key
from local.web import HttpResponse
from ordering.http.routes import Route
from orders_client import NotFound
from tests.e2e.attack_suite import AttackSuite, attack_suite, attacks
from tests.e2e.routes import ALL_SCOPES, GUARDED, PATH_EXAMPLES, path_of
from tests.e2e.shop import CUSTOMER_SCOPES, Customer, Shop
from tests.support.attacks import Attack, GatewayTreatment
from tests.support.world import order_body


def _call(shop: Shop, route: Route, **headers: str) -> HttpResponse:
    return shop.send(route.method, path_of(route), headers=headers, body={} if route.body else None)


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.key)
def test_a_route_with_a_scope_requires_a_token(shop: Shop, route: Route) -> None:
    refused = _call(shop, route)
    assert (refused.status, refused.body) == (401, {"message": "Unauthorized"})


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.key)
def test_a_route_requires_its_own_scope(shop: Shop, route: Route) -> None:
    others = " ".join(scope for scope in ALL_SCOPES if scope != route.scope)
    token = shop.instance.token("alice", others)
    refused = _call(shop, route, Authorization=f"Bearer {token}")
    assert (refused.status, refused.body) == (403, {"message": "Forbidden"})


FORGERIES: Mapping[str, Callable[[Instance], str]] = {
    "garbage": lambda instance: "Bearer garbage",
    "three parts of garbage": lambda instance: "Bearer a.b.c",
    "a scheme without a token": lambda instance: "Bearer ",
    "another scheme": lambda instance: "Basic YWxpY2U6c2VjcmV0",
    "expired": lambda instance: _bearer(instance, exp=1_000_000_000),
    "not valid yet": lambda instance: _bearer(instance, nbf=4_000_000_000, exp=4_000_003_600),
    "of another issuer": lambda instance: _bearer(instance, iss="https://issuer.example.com"),
    "of no issuer": lambda instance: _bearer(instance, iss=None),
    "for another audience": lambda instance: _bearer(instance, aud="another-api"),
    "for no audience": lambda instance: _bearer(instance, aud=None),
    "signed with another key": lambda instance: _bearer(instance, key=new_key()),
}


def _bearer(instance: Instance, **changes: Any) -> str:
    return f"Bearer {instance.token('alice', CUSTOMER_SCOPES, **changes)}"


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_an_invalid_token_places_no_order(idle_shop: Shop, forge: Callable[[Instance], str]) -> None:
    with idle_shop.tables.unchanged():
        headers = {"Authorization": forge(idle_shop.instance)}
        refused = idle_shop.send("POST", "/orders", body=order_body(), headers=headers)
        assert (refused.status, refused.body) == (401, {"message": "Unauthorized"})


@pytest.fixture(scope="module")
def suite(shop: Shop, report: list[str]) -> Iterator[AttackSuite]:
    with attack_suite(shop) as suite:
        yield suite
    report.append(f"The gateway's own authoriser: {suite}")


def test_a_valid_token_is_accepted_where_the_attacks_are_sent(suite: AttackSuite) -> None:
    """Without this test, a gateway that refuses everything would pass."""
    assert suite.shop.send("GET", "/orders", token=suite.target.good()).status == 200


@attacks(GatewayTreatment.REFUSES)
def test_the_gateway_refuses_an_attack(suite: AttackSuite, attack: Attack) -> None:
    assert suite.send(attack).status in (401, 403)
    assert suite.attacker_server.asked == []


@attacks(GatewayTreatment.BREAKS)
def test_an_attack_that_causes_an_engine_error_is_not_served(suite: AttackSuite, attack: Attack) -> None:
    assert suite.send(attack).status == 500


@attacks(GatewayTreatment.PASSES_ON)
def test_the_handler_refuses_an_attack_that_the_gateway_admits(suite: AttackSuite, attack: Attack) -> None:
    refused = suite.send(attack)
    assert (refused.status, refused.body.get("type")) == (401, "urn:problem-type:token-refused")
    assert refused.headers["content-type"] == "application/problem+json"


# An attack that the JWT authoriser admits, as AWS documents → why it is harmless.
HARMLESS = {
    "audience absent, client_id in its place": (
        "AWS takes `client_id` for the audience where there is no `aud`, as Cognito's access tokens have it. "
        "The issuer has signed that its client is this one, and for whom."
    ),
}


@attacks(GatewayTreatment.ADMITS)
def test_a_harmless_attack_sees_no_more_than_a_valid_token(suite: AttackSuite, attack: Attack) -> None:
    assert attack.name in HARMLESS
    served = suite.send(attack)
    good = suite.shop.send("GET", "/orders", token=suite.target.good())
    assert (served.status, served.body) == (good.status, good.body) == (200, {"orders": []})


def test_another_customers_order_is_not_found(shop: Shop, alice: Customer, bob: Customer) -> None:
    """Guarantee 6: reading and cancelling it get the response for an id that does not exist."""
    order = alice.place(shop.product())
    unused_id = PATH_EXAMPLES["orderId"]
    for attempt in (bob.client.get_order, bob.client.cancel_order):
        with pytest.raises(NotFound) as refused:
            attempt(order.order_id)
        with pytest.raises(NotFound) as unknown:
            attempt(unused_id)
        assert (refused.value.type, refused.value.detail) == (unknown.value.type, unknown.value.detail)
    assert alice.wait_for_end(order).status == "FULFILLED"


@pytest.mark.parametrize("path", ["/health", "/products", "/products?limit=1"])
def test_a_public_route_requires_no_token(shop: Shop, path: str) -> None:
    assert shop.send("GET", path).status == 200
