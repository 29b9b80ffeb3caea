"""Guarantee 1: one key creates one order, however often and however concurrently it is sent."""

import pytest

from orders_client import IdempotencyKeyReused
from tests.e2e.shop import Customer, Shop
from tests.e2e.worker_pool import at_once
from tests.support.world import order_body


def test_a_repeated_key_returns_the_first_order(shop: Shop, alice: Customer) -> None:
    sku = shop.product()
    first, again = (alice.place(sku, 2, key="basket-1") for _ in range(2))
    assert (first.http.replayed, again.http.replayed) == (False, True)
    assert again.order_id == first.order_id
    assert len(shop.tables.orders_of(alice.customer_id)) == 1


def test_the_response_to_a_repeat_has_idempotency_replayed_and_location(shop: Shop, alice: Customer) -> None:
    body, headers = order_body((shop.product(), 1)), {"Idempotency-Key": "basket-1"}
    first, again = (
        shop.send("POST", "/orders", token=alice.token, body=body, headers=headers) for _ in range(2)
    )
    assert (first.status, again.status) == (202, 202)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert first.headers["location"] == again.headers["location"] == f"orders/{first.body['orderId']}"


def test_a_repeat_returns_the_current_state_of_the_order(shop: Shop, alice: Customer) -> None:
    sku = shop.product()
    order = alice.order(sku, key="basket-1")
    again = alice.place(sku, key="basket-1")
    assert (again.order_id, again.status) == (order.order_id, "FULFILLED")
    assert shop.available(sku) == 9


def test_a_repeat_may_write_the_same_body_differently(shop: Shop, alice: Customer) -> None:
    """Members in another order are the same JSON."""
    body, headers = order_body((shop.product(), 1)), {"Idempotency-Key": "basket-1"}
    reordered = dict(reversed(body.items()))
    first = shop.send("POST", "/orders", token=alice.token, body=body, headers=headers)
    again = shop.send("POST", "/orders", token=alice.token, body=reordered, headers=headers)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.body["orderId"] == first.body["orderId"]


def test_a_key_with_another_body_is_refused(shop: Shop, alice: Customer) -> None:
    sku = shop.product()
    first = alice.place(sku, 1, key="basket-1")
    with pytest.raises(IdempotencyKeyReused) as refused:
        alice.place(sku, 2, key="basket-1")
    assert refused.value.status == 422
    assert [error.field for error in refused.value.errors] == ["Idempotency-Key"]
    (kept,) = shop.tables.orders_of(alice.customer_id)
    assert kept["orderId"] == first.order_id
    assert kept["lines"][0]["quantity"] == 1


def test_a_key_belongs_to_its_customer(shop: Shop, alice: Customer, bob: Customer) -> None:
    sku = shop.product()
    hers, his = (customer.place(sku, key="basket-1") for customer in (alice, bob))
    assert hers.order_id != his.order_id
    assert not his.http.replayed


def test_without_a_key_every_request_places_an_order(shop: Shop, alice: Customer) -> None:
    body = order_body((shop.product(), 1))
    placed = [shop.send("POST", "/orders", token=alice.token, body=body) for _ in range(2)]
    assert len({answer.body["orderId"] for answer in placed}) == 2


@pytest.mark.parametrize(
    "key",
    ["", "two words", "tab\tinside", "x" * 256, "schl\u00fcssel"],
    ids=["empty", "with a space", "with a tab", "too long", "not ASCII"],
)
def test_a_malformed_key_is_refused(idle_shop: Shop, alice: Customer, key: str) -> None:
    body = order_body((idle_shop.product(), 1))
    with idle_shop.tables.unchanged():
        refused = idle_shop.send(
            "POST", "/orders", token=alice.token, body=body, headers={"Idempotency-Key": key}
        )
        assert refused.status == 400
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.body["type"] == "urn:problem-type:invalid-idempotency-key"
        assert [error["field"] for error in refused.body["errors"]] == ["Idempotency-Key"]


@pytest.mark.parametrize("count", [32, 50])
def test_simultaneous_requests_with_one_key_create_one_order(shop: Shop, alice: Customer, count: int) -> None:
    sku = shop.product(units=count)
    placed = at_once(count, lambda number: alice.place(sku, key="basket-1"))

    (kept,) = shop.tables.orders_of(alice.customer_id)
    assert {order.order_id for order in placed} == {kept["orderId"]}
    # Possibly none: if the first response is lost, the client retries and gets a replay.
    assert sum(not order.http.replayed for order in placed) <= 1
    assert alice.wait_for_end(placed[0]).status == "FULFILLED"
    assert shop.available(sku) == count - 1


def test_stock_is_received_once_for_each_key(shop: Shop) -> None:
    sku = shop.product(units=0)
    first, again = (shop.staff.receive_stock(sku, 5, idempotency_key="delivery-1") for _ in range(2))
    assert (first.http.replayed, again.http.replayed) == (False, True)
    assert again.received == again.available == 5
    with pytest.raises(IdempotencyKeyReused):
        shop.staff.receive_stock(sku, 6, idempotency_key="delivery-1")
    assert shop.staff.receive_stock(sku, 6, idempotency_key="delivery-2").received == 11


def test_a_stock_receipt_without_a_key_is_refused(shop: Shop) -> None:
    sku = shop.product(units=0)
    token = shop.instance.token("staff", "products:write")
    refused = shop.send("POST", f"/products/{sku}/stock", token=token, body={"received": 5})
    assert refused.status == 400
    assert refused.body["type"] == "urn:problem-type:missing-idempotency-key"
    assert shop.available(sku) == 0


def test_simultaneous_receipts_with_one_key_are_counted_once(shop: Shop) -> None:
    sku = shop.product(units=0)
    at_once(8, lambda number: shop.staff.receive_stock(sku, 7, idempotency_key="delivery-1"))
    assert shop.available(sku) == 7
