"""Keys: every item has one place, and none has another's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.domain.product import Sku
from ordering.repositories import keys
from tests.support.builders import CUSTOMER_ID, LATER, MUG, NOON, ORDER_ID

EVERY_KEY = {
    "order": keys.order(ORDER_ID),
    "reservation": keys.reservation(ORDER_ID),
    "first payment": keys.payment(ORDER_ID, 1),
    "second payment": keys.payment(ORDER_ID, 2),
    "shipment": keys.shipment(ORDER_ID),
    "address": keys.address(ORDER_ID),
    "product": keys.product(MUG),
    "stock": keys.stock(MUG),
    "stock entry": keys.stock_entry(MUG, "key-1"),
}
PLACES = {
    "order": (f"ORDER#{ORDER_ID}", "ORDER"),
    "reservation": (f"ORDER#{ORDER_ID}", "RESERVATION"),
    "first payment": (f"ORDER#{ORDER_ID}", "PAYMENT#01"),
    "second payment": (f"ORDER#{ORDER_ID}", "PAYMENT#02"),
    "shipment": (f"ORDER#{ORDER_ID}", "SHIPMENT"),
    "address": (f"ORDER#{ORDER_ID}", "ADDRESS"),
    "product": ("PRODUCT#MUG-RED", "PRODUCT"),
    "stock": ("PRODUCT#MUG-RED", "STOCK"),
    "stock entry": ("PRODUCT#MUG-RED", "RECEIPT#key-1"),
}


@pytest.mark.parametrize("item", EVERY_KEY)
def test_an_item_is_where_its_table_says(item: str) -> None:
    assert (EVERY_KEY[item]["PK"], EVERY_KEY[item]["SK"]) == PLACES[item]


def test_payments_sort_by_their_attempt() -> None:
    attempts = [keys.payment(ORDER_ID, attempt)["SK"] for attempt in range(1, 21)]
    assert attempts == sorted(attempts)


def test_a_customers_orders_are_listed_by_the_time_they_were_placed() -> None:
    earlier = keys.my_orders(CUSTOMER_ID, NOON, ORDER_ID)
    later = keys.my_orders(CUSTOMER_ID, LATER, ORDER_ID)
    assert (earlier["GSI1PK"], earlier["GSI1SK"] < later["GSI1SK"]) == (later["GSI1PK"], True)


def test_a_products_stock_entries_are_listed_by_the_time_they_were_entered() -> None:
    earlier = keys.in_stock_ledger(MUG, NOON, "b")
    later = keys.in_stock_ledger(MUG, LATER, "a")
    assert (earlier["GSI1PK"], earlier["GSI1SK"] < later["GSI1SK"]) == (later["GSI1PK"], True)


@given(st.uuids().map(str))
def test_an_open_order_is_always_in_the_same_of_a_few_partitions(order_id: str) -> None:
    partition = keys.open_order(order_id, NOON)["GSI2PK"]
    assert partition == keys.open_order(order_id, LATER)["GSI2PK"]
    assert partition in {f"OPEN#{shard}" for shard in range(keys.SHARDS)}


def test_open_orders_spread_over_every_partition() -> None:
    partitions = {keys.open_order(f"order-{number}", NOON)["GSI2PK"] for number in range(100)}
    assert len(partitions) == keys.SHARDS


def test_open_orders_and_unsettled_payments_are_in_partitions_apart() -> None:
    due = keys.open_order(ORDER_ID, NOON), keys.unsettled_payment(ORDER_ID, NOON)
    assert len({entry["GSI2PK"] for entry in due}) == 2


def test_products_are_listed_by_their_sku() -> None:
    assert keys.in_catalogue(Sku("A"))["GSI1SK"] < keys.in_catalogue(Sku("B"))["GSI1SK"]
