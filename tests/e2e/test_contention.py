"""Guarantee 2: simultaneous orders for more units than there are never oversell."""

from collections import Counter

from orders_client import Reason
from tests.e2e.shop import Shop
from tests.e2e.worker_pool import at_once, in_pool

# The local engine starts a new worker process for each call without an idle one, and all share the cores.
CALLERS = 4


def test_twenty_orders_for_ten_units_fulfil_exactly_ten(shop: Shop) -> None:
    sku = shop.product(units=10)
    customers = [shop.customer(f"customer-{number}") for number in range(20)]
    placed = at_once(len(customers), lambda number: customers[number].place(sku))

    ended = [customer.wait_for_end(order) for customer, order in zip(customers, placed, strict=True)]
    assert Counter(order.status for order in ended) == {"FULFILLED": 10, "REJECTED": 10}
    assert {order.reason for order in ended if order.status == "REJECTED"} == {Reason.OUT_OF_STOCK}

    (stock,) = (item for item in shop.tables.items() if item["SK"] == "STOCK" and item["sku"] == sku)
    figures = {name: stock.get(name, 0) for name in ("received", "available", "held", "shipped")}
    assert figures == {"received": 10, "available": 0, "held": 0, "shipped": 10}
    shop.check_guarantees()


def test_two_hundred_orders_for_a_hundred_units_fulfil_exactly_a_hundred(shop: Shop) -> None:
    """They are processed while more are placed; the event source limits the concurrent drivers."""
    sku, customer = shop.product(units=100), shop.customer("bulk-buyer")
    placed = in_pool(200, CALLERS, lambda number: customer.place(sku, key=f"basket-{number}"))
    assert len({order.order_id for order in placed}) == 200
    shop.check_guarantees(within=900)

    ended = [
        item
        for item in shop.tables.items()
        if item["SK"] == "ORDER" and item["customerId"] == customer.customer_id
    ]
    assert Counter((order["status"], order.get("reason")) for order in ended) == {
        ("FULFILLED", None): 100,
        ("REJECTED", "OUT_OF_STOCK"): 100,
    }
    (stock,) = (item for item in shop.tables.items() if item["SK"] == "STOCK" and item["sku"] == sku)
    figures = {name: stock.get(name, 0) for name in ("received", "available", "held", "shipped")}
    assert figures == {"received": 100, "available": 0, "held": 0, "shipped": 100}
