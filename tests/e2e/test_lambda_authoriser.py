"""Guarantee 6: the Lambda authoriser in place of the JWT authoriser, in an instance with that setting."""

from collections.abc import Iterator
from uuid import uuid4

import boto3
import pytest

from local.web import HttpResponse
from ordering.dynamodb.codec import encode_item
from ordering.http.routes import Route
from ordering.repositories.keys import customer_keys
from tests.e2e.attack_suite import AttackSuite, attack_suite, attacks
from tests.e2e.instances import running_instance
from tests.e2e.routes import ALL_SCOPES, GUARDED, path_of
from tests.e2e.shop import Customer, Shop
from tests.support.attacks import Attack, GatewayTreatment

FORBIDDEN = (403, {"message": "Forbidden"})


@pytest.fixture(scope="module")
def guarded() -> Iterator[Shop]:
    """A shop whose tokens are verified by the app's Lambda authoriser."""
    with (
        running_instance("e2e-lambda-authoriser", lambda_authoriser=True) as instance,
        Shop(instance) as shop,
    ):
        yield shop


@pytest.fixture(scope="module")
def suite(guarded: Shop, report: list[str]) -> Iterator[AttackSuite]:
    with attack_suite(guarded) as suite:
        yield suite
    report.append(f"The Lambda authoriser: {suite}")


def _call(shop: Shop, route: Route, token: str | None) -> HttpResponse:
    return shop.send(route.method, path_of(route), token=token, body={} if route.body else None)


def test_a_valid_token_is_accepted_where_the_attacks_are_sent(suite: AttackSuite) -> None:
    """Without this test, an authoriser that refuses everything would pass."""
    assert suite.shop.send("GET", "/orders", token=suite.target.good()).status == 200


@attacks(*GatewayTreatment)
def test_an_attack_is_refused(suite: AttackSuite, attack: Attack) -> None:
    refused = suite.send(attack)
    assert (refused.status, refused.body) in (FORBIDDEN, (401, {"message": "Unauthorized"}))
    assert suite.attacker_server.asked == []


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.key)
def test_a_route_with_a_scope_requires_a_token(guarded: Shop, route: Route) -> None:
    refused = _call(guarded, route, token=None)
    assert (refused.status, refused.body) == (401, {"message": "Unauthorized"})


def test_a_public_route_requires_no_token(guarded: Shop) -> None:
    assert guarded.public.get_health().status == "ok"


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.key)
def test_a_route_accepts_its_own_scope_and_no_other(guarded: Shop, route: Route) -> None:
    assert route.scope
    others = " ".join(scope for scope in ALL_SCOPES if scope != route.scope)
    refused = _call(guarded, route, guarded.instance.token("alice", others))
    assert (refused.status, refused.body) == FORBIDDEN
    # The request has reached the handler, which refuses it for other reasons.
    accepted = _call(guarded, route, guarded.instance.token("alice", route.scope))
    assert accepted.status not in (401, 403)
    assert accepted.status < 500


def test_an_order_is_fulfilled_with_the_lambda_authoriser(guarded: Shop) -> None:
    alice = guarded.customer("alice")
    order = alice.order(guarded.product())
    assert order.status == "FULFILLED"
    assert [each.order_id for each in alice.client.list_orders()] == [order.order_id]
    assert guarded.administrator.admin_get_order(order.order_id).customer_id == alice.customer_id


def test_a_blocked_customer_is_refused(guarded: Shop) -> None:
    carol, bob = guarded.customer("carol"), guarded.customer("bob")
    assert _orders_of(guarded, carol).status == 200
    _block(guarded, carol)
    # The gateway may cache the decision for a header. `_orders_of` sends a new token, so a new header.
    refused = _orders_of(guarded, carol)
    assert (refused.status, refused.body) == FORBIDDEN
    assert _orders_of(guarded, bob).status == 200


def _orders_of(shop: Shop, customer: Customer) -> HttpResponse:
    """List the customer's orders with a new token; returns the response."""
    return shop.send("GET", "/orders", token=_new_token(shop, customer))


def _new_token(shop: Shop, customer: Customer) -> str:
    return shop.instance.token(customer.subject, "orders:read", jti=uuid4().hex)


def _block(shop: Shop, customer: Customer) -> None:
    boto3.client("dynamodb", **shop.instance.aws).put_item(
        TableName=shop.instance.outputs["TableName"],
        Item=encode_item(
            {**customer_keys.block(customer.customer_id), "schemaVersion": 1, "reason": "fraud"}
        ),
    )
