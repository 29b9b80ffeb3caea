"""A client is told about orders only after it has sent a valid token, and until that token expires."""

import json
import sys
import time
from importlib import import_module
from typing import Any

import boto3
import pytest

from ordering.domain.identity import customer_id
from ordering.domain.order import CustomerId, OrderId
from ordering.domain.realtime import MAX_SEEN, Audience
from ordering.repositories import keys
from ordering.repositories.keys import customer_keys, order_keys
from tests.handlers.realtime.open_api import OpenApi, order_event
from tests.support.attacks import ATTACKS, Attack
from tests.support.forge import HOUR, Target, compact, hs
from tests.support.logs import Logs
from tests.support.world import World

ORDER = "67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc"


def token(issuer: Target, subject: str = "alice", scope: str = "orders:read", **claims: Any) -> str:
    return issuer.signed(sub=subject, scope=scope, **claims)


def owner(issuer: Target, subject: str = "alice") -> CustomerId:
    return customer_id(issuer.issuer, subject)


def test_client_is_told_until_when_it_is_subscribed(api: OpenApi, issuer: Target) -> None:
    expires = int(time.time()) + HOUR
    reply = api.subscribe(token(issuer, exp=expires))
    assert reply == {
        "type": "subscribed",
        "orders": "mine",
        "expiresAt": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(expires)),
        "changed": [],
    }
    (item,) = (item for item in api.world.items() if item["PK"].startswith("CONNECTIONS#"))
    assert item[keys.TIME_TO_LIVE] == expires


def test_token_of_a_trusted_issuer_with_a_shared_secret_subscribes(
    api: OpenApi, issuer: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stage's `additional_issuers` are trusted here as by the HTTP API's authoriser."""
    created = boto3.client("secretsmanager").create_secret(Name="partner", SecretString="s" * 64)
    trusted = {
        "issuer": "https://partner.example",
        "audience": [issuer.audience],
        "algorithms": ["HS256"],
        "keys": {"secretArn": created["ARN"]},
        "scopePrefix": "",
    }
    monkeypatch.setenv("ISSUERS", json.dumps([trusted]))
    sys.modules.pop("lambdas.realtime.subscribe", None)
    api.subscribe_handler = import_module("lambdas.realtime.subscribe").handler
    claims = issuer.claims(iss=trusted["issuer"], scope="orders:read")
    signed = compact({"alg": "HS256", "typ": "JWT"}, claims, hs(b"s" * 64))
    assert api.subscribe(signed)["type"] == "subscribed"


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_attack_token_subscribes_nothing(attack: Attack, api: OpenApi, issuer: Target) -> None:
    reply = api.subscribe(attack.forge(issuer))
    assert (reply["type"], api.connections()) in (
        ("urn:problem-type:token-refused", []),
        ("urn:problem-type:invalid-body", []),
    )


def test_refusal_does_not_tell_why_but_the_log_does(api: OpenApi, issuer: Target, logs: Logs) -> None:
    expired = api.subscribe(token(issuer, exp=1))
    other = api.subscribe(issuer.forged())
    assert expired == other | {"instance": expired["instance"]}
    assert [line["reason"] for line in logs.lines if "reason" in line] == ["expired", "bad-signature"]


def test_token_is_never_logged(api: OpenApi, issuer: Target, logs: Logs) -> None:
    sent = [token(issuer), token(issuer, exp=1), issuer.forged()]
    for each in sent:
        api.subscribe(each)
    api.says({"action": "subscribe", "token": sent[0], "colour": "red"})
    assert not any(part in json.dumps(logs.lines) for each in sent for part in each.split(".")[1:])


@pytest.mark.parametrize(
    ("orders", "scope"),
    [("mine", "orders:write"), ("all", "orders:read"), ("all", "orders:write"), ("mine", "orders:admin")],
)
def test_token_without_the_scope_is_refused(api: OpenApi, issuer: Target, orders: str, scope: str) -> None:
    """Guarantee 6: only an operator is told about everybody's orders."""
    reply = api.subscribe(token(issuer, scope=scope), orders=orders)
    needed = Audience(orders).scope
    assert (reply["type"], needed in reply["detail"]) == ("urn:problem-type:token-refused", True)
    assert api.connections() == []


def test_blocked_customer_is_refused(api: OpenApi, issuer: Target) -> None:
    api.world.table.put_many([{**customer_keys.block(owner(issuer)), "schemaVersion": 1}])
    assert api.subscribe(token(issuer))["type"] == "urn:problem-type:token-refused"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("", ""),
        ("hello", ""),
        ("[]", "$"),
        ("null", "$"),
        ('{"action": "subscribe", "token": "t"', ""),
        ({"action": "subscribe"}, "token"),
        ({"action": "subscribe", "token": 7}, "token"),
        ({"action": "subscribe", "token": ""}, "token"),
        ({"action": "subscribe", "token": "t" * 9000}, "token"),
        ({"action": "unsubscribe", "token": "t"}, "action"),
        ({"token": "t"}, "action"),
        ({"action": "subscribe", "token": "t", "orders": "yours"}, "orders"),
        ({"action": "subscribe", "token": "t", "orders": None}, "orders"),
        ({"action": "subscribe", "token": "t", "seen": []}, "seen"),
        ({"action": "subscribe", "token": "t", "seen": {"x": 1}}, "seen"),
        ({"action": "subscribe", "token": "t", "seen": {ORDER: 0}}, "seen"),
        ({"action": "subscribe", "token": "t", "seen": {ORDER: "1"}}, "seen"),
        ({"action": "subscribe", "token": "t", "seen": {ORDER.upper(): 1}}, "seen"),
        ({"action": "subscribe", "token": "t", "seen": {str(n): 1 for n in range(MAX_SEEN + 1)}}, "seen"),
        ({"action": "subscribe", "token": "t", "colour": "red"}, "colour"),
    ],
)
def test_invalid_message_is_refused_with_the_field(api: OpenApi, body: object, named: str) -> None:
    reply = api.says(body)
    assert 400 <= reply["status"] < 500
    fields = {each["field"].partition(".")[0].partition("[")[0] for each in reply.get("errors", [])}
    assert fields == ({named} if named else set())
    assert api.connections() == []


def test_fault_is_a_problem_and_subscribes_nothing(api: OpenApi, issuer: Target, logs: Logs) -> None:
    def fails(parameters: object, send: object) -> Any:
        raise ConnectionError("no route to the table")

    api.calls.next("UpdateItem", fails)
    assert api.subscribe(token(issuer))["type"] == "urn:problem-type:internal"
    assert "no route" not in json.dumps(api.received)


def test_a_client_with_a_new_token_stays_subscribed_for_longer(api: OpenApi, issuer: Target) -> None:
    api.subscribe(token(issuer))
    later = int(time.time()) + 2 * HOUR
    api.subscribe(token(issuer, exp=later))
    assert [
        item[keys.TIME_TO_LIVE] for item in api.world.items() if item["PK"].startswith("CONNECTIONS#")
    ] == [later]


@pytest.mark.slow
@pytest.mark.parametrize(("orders", "scope"), [("mine", "orders:read"), ("all", "orders:admin")])
def test_oldest_connection_is_closed_when_there_are_too_many(
    api: OpenApi, issuer: Target, orders: str, scope: str
) -> None:
    """A flood of connections is bounded, and a page that is opened now works."""
    most = Audience(orders).most_connections
    for number in range(most + 2):
        api.subscribe(token(issuer, scope=scope), connection=f"c{number:02}", orders=orders)
    assert sorted(api.connections()) == [f"c{number:02}" for number in range(2, most + 2)]
    assert api.closed == ["c00", "c01"]


class TestAfterAReconnect:
    """A client names the versions that it shows, and is told what has changed meanwhile."""

    def placed(self, shop: World, issuer: Target, subject: str = "alice") -> OrderId:
        return OrderId(shop.place(subject=subject, issuer=issuer.issuer).body["orderId"])

    def test_order_that_has_changed_is_named_with_its_version(
        self, shop: World, api: OpenApi, issuer: Target
    ) -> None:
        order_id = self.placed(shop, issuer)
        version = shop.details(order_id).order.version
        same = api.subscribe(token(issuer), seen={order_id: version})
        assert same["changed"] == []
        api.world.table.update(
            order_keys.order(order_id), "SET version = :v", values={":v": version + 3}, names=None
        )
        (changed,) = api.subscribe(token(issuer), seen={order_id: version})["changed"]
        assert changed == {
            "type": "orderChanged",
            "orderId": order_id,
            "status": "PENDING",
            "version": version + 3,
        }

    def test_anothers_order_and_a_missing_one_look_the_same(
        self, shop: World, api: OpenApi, issuer: Target
    ) -> None:
        """Guarantee 6."""
        order_id = self.placed(shop, issuer, "bob")
        api.world.table.update(order_keys.order(order_id), "SET version = :v", values={":v": 9}, names=None)
        assert api.subscribe(token(issuer), seen={order_id: 1, ORDER: 1})["changed"] == []
        told = api.subscribe(token(issuer, scope="orders:admin"), orders="all", seen={order_id: 1, ORDER: 1})
        assert [each["orderId"] for each in told["changed"]] == [order_id]

    def test_order_that_cannot_be_read_does_not_prevent_the_subscription(
        self, shop: World, api: OpenApi, issuer: Target
    ) -> None:
        order_id = self.placed(shop, issuer)
        api.world.table.update(order_keys.order(order_id), "SET version = :v", values={":v": "x"}, names=None)
        reply = api.subscribe(token(issuer), seen={order_id: 1})
        assert (reply["type"], reply["changed"]) == ("subscribed", [])


def test_customer_is_told_about_their_own_orders_only(api: OpenApi, issuer: Target) -> None:
    """Guarantee 6."""
    api.subscribe(token(issuer), connection="alice")
    api.subscribe(token(issuer, "bob"), connection="bob")
    api.subscribe(token(issuer, "olive", "orders:admin"), connection="operator", orders="all")
    assert api.happens(order_event(ORDER, owner(issuer))) == []
    assert (api.told("alice"), api.told("bob")) == ([(ORDER, "CONFIRMED")], [])
    assert api.told("operator") == [(ORDER, "CONFIRMED")]
