"""An administrator reads any customer's orders, and lists the orders that stay open."""

import pytest

from orders_client import Forbidden, NotFound
from tests.e2e.shop import Customer, Shop


def test_an_administrator_reads_any_customers_order(shop: Shop, alice: Customer) -> None:
    order = alice.order(shop.product())
    seen = shop.administrator.admin_get_order(order.order_id)
    assert (seen.customer_id, seen.status, seen.history) == (
        alice.customer_id,
        order.status,
        order.history,
    )
    with pytest.raises(NotFound):
        shop.administrator.admin_get_order("67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc")


def test_an_administrator_lists_a_customers_orders(shop: Shop, alice: Customer) -> None:
    sku = shop.product()
    for _ in range(3):
        alice.order(sku)
    listed = list(shop.administrator.admin_list_orders(alice.customer_id, limit=2))
    assert [order.order_id for order in listed] == [order.order_id for order in alice.client.list_orders()]
    assert list(shop.administrator.admin_list_orders("0" * 32)) == []


def test_an_administrator_sees_which_orders_are_open(shop: Shop, alice: Customer) -> None:
    sku = shop.product()

    def is_listed(minutes: int) -> bool:
        waiting = shop.administrator.admin_list_open_orders(open_for_minutes=minutes, limit=100)
        return placed.order_id in {order.order_id for order in waiting}

    with shop.paused_processing():
        placed = alice.place(sku)
        assert is_listed(0)
        assert not is_listed(15)
    alice.wait_for_end(placed)
    assert not is_listed(0)


def test_a_customer_may_not_call_the_administrators_routes(shop: Shop, alice: Customer) -> None:
    order = alice.order(shop.product())
    for read in (
        lambda: alice.client.admin_get_order(order.order_id),
        lambda: list(alice.client.admin_list_orders(alice.customer_id)),
        lambda: list(alice.client.admin_list_open_orders()),
    ):
        with pytest.raises(Forbidden):
            read()


def test_the_administrators_scope_does_not_include_the_customers(shop: Shop, alice: Customer) -> None:
    order = alice.order(shop.product())
    with pytest.raises(Forbidden):
        shop.administrator.get_order(order.order_id)
