"""More orders than there is stock, all at the same moment."""

from collections import Counter

from orders_client import Reason
from tests.e2e.shop import Shop
from tests.e2e.worker_pool import at_once, by_turns
from tests.support.invariants import check

# The local engine starts a worker for every call that finds none idle, and here they share two cores.
CALLERS = 4


def test_twenty_orders_for_ten_units_fulfil_exactly_ten(shop: Shop) -> None:
    sku = shop.product(units=10)
    customers = [shop.customer(f"customer-{number}") for number in range(20)]
    placed = at_once(len(customers), lambda number: customers[number].place(sku))

    ended = [customer.end_of(order) for customer, order in zip(customers, placed, strict=True)]
    assert Counter(order.status for order in ended) == {"FULFILLED": 10, "REJECTED": 10}
    assert {order.reason for order in ended if order.status == "REJECTED"} == {Reason.OUT_OF_STOCK}

    (stock,) = (item for item in shop.tables.items() if item["SK"] == "STOCK" and item["sku"] == sku)
    figures = {name: stock.get(name, 0) for name in ("received", "available", "held", "shipped")}
    assert figures == {"received": 10, "available": 0, "held": 0, "shipped": 10}
    shop.settle()
    check(shop.tables)


def test_two_hundred_orders_for_a_hundred_units_fulfil_exactly_a_hundred(shop: Shop) -> None:
    """They are driven while more of them come; the event source bounds how many at once."""
    sku, crowd = shop.product(units=100), shop.customer("crowd")
    placed = by_turns(200, CALLERS, lambda number: crowd.place(sku, key=f"basket-{number}"))
    assert len({order.order_id for order in placed}) == 200
    shop.settle(within=900)

    ended = [
        item
        for item in shop.tables.items()
        if item["SK"] == "ORDER" and item["customerId"] == crowd.customer_id
    ]
    assert Counter((order["status"], order.get("reason")) for order in ended) == {
        ("FULFILLED", None): 100,
        ("REJECTED", "OUT_OF_STOCK"): 100,
    }
    (stock,) = (item for item in shop.tables.items() if item["SK"] == "STOCK" and item["sku"] == sku)
    figures = {name: stock.get(name, 0) for name in ("received", "available", "held", "shipped")}
    assert figures == {"received": 100, "available": 0, "held": 0, "shipped": 100}
    check(shop.tables)
