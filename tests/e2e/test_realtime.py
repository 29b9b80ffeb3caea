"""Customers, and nobody else, are notified of changes of their own orders."""

import time
from contextlib import ExitStack
from functools import partial

import pytest

from ordering.repositories.keys import realtime_keys
from tests.e2e.attack_suite import attack_suite
from tests.e2e.realtime import Watcher, watcher
from tests.e2e.shop import CUSTOMER_SCOPES, Shop
from tests.e2e.waiting import until
from tests.support.attacks import REPRESENTATIVES


def test_customer_and_operator_are_notified_of_an_order_until_it_ends(shop: Shop) -> None:
    """Guarantee 6: another customer is not."""
    alice, bob = shop.customer("alice"), shop.customer("bob")
    operator = shop.instance.token("operator", "orders:admin")
    with ExitStack() as open_:
        of_alice, of_bob, of_operator = (open_.enter_context(watcher(shop)) for _ in range(3))
        assert of_alice.subscribe(alice.token)["type"] == "subscribed"
        assert of_bob.subscribe(bob.token)["type"] == "subscribed"
        assert of_operator.subscribe(operator, orders="all")["type"] == "subscribed"
        order = alice.order(shop.product())
        for client in (of_alice, of_operator):
            until("all statuses of the order", partial(_has_been_told, client, order.order_id))
        assert of_bob.told(order.order_id) == []


def test_reconnected_client_is_notified_of_missed_changes(shop: Shop) -> None:
    alice = shop.customer("alice")
    order = alice.order(shop.product())
    with watcher(shop) as client:
        (changed,) = client.subscribe(alice.token, seen={order.order_id: 1})["changed"]
        assert (changed["orderId"], changed["status"]) == (order.order_id, "FULFILLED")
        assert client.subscribe(alice.token, seen={order.order_id: order.version})["changed"] == []


def test_client_whose_token_has_expired_is_disconnected(shop: Shop) -> None:
    alice = shop.customer("alice")
    soon = int(time.time()) + 5
    short = shop.instance.token(alice.subject, CUSTOMER_SCOPES, exp=soon)
    with watcher(shop) as client:
        assert client.subscribe(short)["type"] == "subscribed"
        until("the end of the token", lambda: time.time() > soon)
        order = alice.place(shop.product())
        until("the end of the connection", lambda: client.look() and client.is_closed)
        assert client.told(order.order_id) == []
        alice.wait_for_end(order)


def test_connection_of_a_client_that_has_left_is_deleted(shop: Shop) -> None:
    alice = shop.customer("alice")
    with watcher(shop) as client:
        client.subscribe(alice.token)
        assert _connections(shop, alice.customer_id) == 1
    alice.order(shop.product())
    until("no connection", lambda: _connections(shop, alice.customer_id) == 0)


def test_attack_tokens_subscribe_nothing(shop: Shop) -> None:
    """One attack of each family; `tests/handlers/realtime` sends all of them."""
    with attack_suite(shop) as suite:
        for attack in REPRESENTATIVES:
            with watcher(shop) as client:
                reply = client.subscribe(attack.forge(suite.target))
                assert reply["status"] in (401, 422), (attack, reply)


@pytest.mark.parametrize("body", ["", "hello", "[]", '{"action": "ping"}', '{"action": "subscribe"}'])
def test_invalid_message_gets_a_problem(shop: Shop, body: str) -> None:
    with watcher(shop) as client:
        reply = client.says(body)
        assert 400 <= reply["status"] < 500
        assert reply["type"].startswith("urn:problem-type:")


def _has_been_told(client: Watcher, order_id: str) -> bool:
    return set(client.told(order_id)) == {"PENDING", "CONFIRMED", "FULFILLED"}


def _connections(shop: Shop, customer_id: str) -> int:
    partition = realtime_keys.connections_partition(customer_id)
    return sum(item["PK"] == partition for item in shop.tables.items())
