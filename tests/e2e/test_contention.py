"""More orders than there is stock, all at the same moment."""

from collections import Counter

from orders_client import Reason
from tests.e2e.crowd import at_once
from tests.e2e.shop import Shop
from tests.support.invariants import check


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
