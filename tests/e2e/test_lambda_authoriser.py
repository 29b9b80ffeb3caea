"""The Lambda authoriser in place of the gateway's own, in an instance that is deployed with that setting."""

from collections.abc import Iterator
from uuid import uuid4

import boto3
import pytest

from local.web import HttpResponse
from ordering.dynamodb.codec import encode_item
from ordering.http.routes import ROUTES, Route
from ordering.repositories import keys
from tests.e2e.attack_suite import Siege, attacks, besieged
from tests.e2e.instances import running
from tests.e2e.shop import Customer, Shop
from tests.support.attacks import Attack, GatewayTreatment

GUARDED = [route for route in ROUTES if route.scope]
ALL_SCOPES = sorted({route.scope for route in GUARDED if route.scope})
FORBIDDEN = (403, {"message": "Forbidden"})

_PATHS = {"orderId": "67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc", "sku": "MUG-RED", "customerId": "0" * 32}


@pytest.fixture(scope="module")
def guarded() -> Iterator[Shop]:
    """A shop whose tokens our own function judges."""
    with running("e2e-lambda-authoriser", lambda_authoriser=True) as instance, Shop(instance) as shop:
        yield shop


@pytest.fixture(scope="module")
def siege(guarded: Shop, report: list[str]) -> Iterator[Siege]:
    with besieged(guarded) as siege:
        yield siege
    report.append(f"The Lambda authoriser: {siege}")


def _call(shop: Shop, route: Route, token: str | None) -> HttpResponse:
    path = route.path.format(**_PATHS)
    return shop.send(route.method, path, token=token, body={} if route.body else None)


def test_a_good_token_opens_the_door_that_is_attacked(siege: Siege) -> None:
    """Without this, an authoriser that refuses everything would pass."""
    assert siege.shop.send("GET", "/orders", token=siege.target.good()).status == 200


@attacks(*GatewayTreatment)
def test_an_attack_is_refused(siege: Siege, attack: Attack) -> None:
    refused = siege.make(attack)
    assert (refused.status, refused.body) in (FORBIDDEN, (401, {"message": "Unauthorized"}))
    assert siege.mallory.asked == []


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.key)
def test_a_route_with_a_scope_wants_a_token(guarded: Shop, route: Route) -> None:
    refused = _call(guarded, route, token=None)
    assert (refused.status, refused.body) == (401, {"message": "Unauthorized"})


def test_what_is_public_asks_for_no_token(guarded: Shop) -> None:
    assert guarded.public.get_health().status == "ok"


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.key)
def test_a_route_takes_its_own_scope_and_no_other(guarded: Shop, route: Route) -> None:
    assert route.scope
    others = " ".join(scope for scope in ALL_SCOPES if scope != route.scope)
    refused = _call(guarded, route, guarded.instance.token("alice", others))
    assert (refused.status, refused.body) == FORBIDDEN
    # It has come through to the handler, which finds its own faults.
    taken = _call(guarded, route, guarded.instance.token("alice", route.scope))
    assert taken.status not in (401, 403)
    assert taken.status < 500


def test_an_order_goes_its_way(guarded: Shop) -> None:
    alice = guarded.customer("alice")
    order = alice.order(guarded.product())
    assert order.status == "FULFILLED"
    assert [each.order_id for each in alice.client.list_orders()] == [order.order_id]
    assert guarded.administrator.admin_get_order(order.order_id).customer_id == alice.customer_id


def test_a_customer_who_is_blocked_is_refused(guarded: Shop) -> None:
    carol, bob = guarded.customer("carol"), guarded.customer("bob")
    assert _orders_of(guarded, carol).status == 200
    _block(guarded, carol)
    # A yes may be kept for the header that it was given to: this is another one.
    refused = _orders_of(guarded, carol)
    assert (refused.status, refused.body) == FORBIDDEN
    assert _orders_of(guarded, bob).status == 200


def _orders_of(shop: Shop, customer: Customer) -> HttpResponse:
    """The answer to a new token of the customer's."""
    return shop.send("GET", "/orders", token=_new_token(shop, customer))


def _new_token(shop: Shop, customer: Customer) -> str:
    return shop.instance.token(customer.subject, "orders:read", jti=uuid4().hex)


def _block(shop: Shop, customer: Customer) -> None:
    boto3.client("dynamodb", **shop.instance.aws).put_item(
        TableName=shop.instance.outputs["TableName"],
        Item=encode_item({**keys.block(customer.customer_id), "schemaVersion": 1, "reason": "fraud"}),
    )
