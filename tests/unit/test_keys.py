"""Keys: every item has its own key, and its entries in the indexes sort as their queries need."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.domain.product import Sku
from ordering.repositories import keys
from ordering.repositories.keys import audit_keys, event_keys, order_keys, product_keys
from tests.support.builders import CUSTOMER_ID, LATER, MUG, NOON, ORDER_ID
from tests.unit.changed_items import IMAGES, happened

EVERY_KEY = {
    "order": order_keys.order(ORDER_ID),
    "reservation": order_keys.reservation(ORDER_ID),
    "first payment": order_keys.payment(ORDER_ID, 1),
    "second payment": order_keys.payment(ORDER_ID, 2),
    "shipment": order_keys.shipment(ORDER_ID),
    "refund": order_keys.refund(ORDER_ID),
    "address": order_keys.address(ORDER_ID),
    "audit record": audit_keys.audit_record(ORDER_ID, NOON, "0a1b2c3d"),
    "product": product_keys.product(MUG),
    "stock": product_keys.stock(MUG),
    "stock entry": product_keys.stock_entry(MUG, "key-1"),
}
DOCUMENTED = {
    "order": (f"ORDER#{ORDER_ID}", "ORDER"),
    "reservation": (f"ORDER#{ORDER_ID}", "RESERVATION"),
    "first payment": (f"ORDER#{ORDER_ID}", "PAYMENT#01"),
    "second payment": (f"ORDER#{ORDER_ID}", "PAYMENT#02"),
    "shipment": (f"ORDER#{ORDER_ID}", "SHIPMENT"),
    "refund": (f"ORDER#{ORDER_ID}", "REFUND"),
    "address": (f"ORDER#{ORDER_ID}", "ADDRESS"),
    "audit record": (f"ORDER#{ORDER_ID}", f"AUDIT#{NOON}#0a1b2c3d"),
    "product": ("PRODUCT#MUG-RED", "PRODUCT"),
    "stock": ("PRODUCT#MUG-RED", "STOCK"),
    "stock entry": ("PRODUCT#MUG-RED", "RECEIPT#key-1"),
}


@pytest.mark.parametrize("item", EVERY_KEY)
def test_item_key_is_the_documented_one(item: str) -> None:
    assert (EVERY_KEY[item]["PK"], EVERY_KEY[item]["SK"]) == DOCUMENTED[item]


def test_payments_sort_by_their_attempt() -> None:
    attempts = [order_keys.payment(ORDER_ID, attempt)["SK"] for attempt in range(1, 21)]
    assert attempts == sorted(attempts)


def test_orders_of_a_customer_sort_by_the_time_of_placing() -> None:
    earlier = order_keys.my_orders(CUSTOMER_ID, NOON, ORDER_ID)
    later = order_keys.my_orders(CUSTOMER_ID, LATER, ORDER_ID)
    assert (earlier["GSI1PK"], earlier["GSI1SK"] < later["GSI1SK"]) == (later["GSI1PK"], True)


def test_stock_entries_of_a_product_sort_by_the_time_of_entry() -> None:
    earlier = product_keys.in_stock_ledger(MUG, NOON, "b")
    later = product_keys.in_stock_ledger(MUG, LATER, "a")
    assert (earlier["GSI1PK"], earlier["GSI1SK"] < later["GSI1SK"]) == (later["GSI1PK"], True)


@given(st.uuids().map(str))
def test_open_order_always_has_the_same_index_partition(order_id: str) -> None:
    partition = order_keys.open_order(order_id, NOON)["GSI2PK"]
    assert partition == order_keys.open_order(order_id, LATER)["GSI2PK"]
    assert partition in {f"OPEN#{shard}" for shard in range(keys.SHARDS)}


def test_open_orders_spread_over_every_partition() -> None:
    partitions = {order_keys.open_order(f"order-{number}", NOON)["GSI2PK"] for number in range(100)}
    assert len(partitions) == keys.SHARDS


def test_every_written_partition_of_due_items_is_read() -> None:
    """So the number of partitions can be changed in two releases, without migrating an item."""
    assert keys.SHARDS <= keys.READ_SHARDS


def test_open_orders_unsettled_payments_and_refunds_have_separate_partitions() -> None:
    due = (
        order_keys.open_order(ORDER_ID, NOON),
        order_keys.unsettled_payment(ORDER_ID, NOON),
        order_keys.due_refund(NOON),
    )
    assert len({entry["GSI2PK"] for entry in due}) == 3


def test_products_sort_by_sku() -> None:
    assert product_keys.in_catalogue(Sku("A"))["GSI1SK"] < product_keys.in_catalogue(Sku("B"))["GSI1SK"]


CHANGED_ITEMS = {
    "order": f"ORDER#{ORDER_ID}/ORDER",
    "payment": f"ORDER#{ORDER_ID}/PAYMENT#01",
    "shipment": f"ORDER#{ORDER_ID}/SHIPMENT",
    "reservation": f"ORDER#{ORDER_ID}/RESERVATION",
    "refund": f"ORDER#{ORDER_ID}/REFUND",
    "product": "PRODUCT#MUG-RED/PRODUCT",
}


@pytest.mark.parametrize("kind", IMAGES)
def test_event_names_the_item_and_the_version_that_it_describes(kind: str) -> None:
    event = happened(None, IMAGES[kind])
    assert event_keys.changed_item(event) == CHANGED_ITEMS[kind]
    assert event_keys.change(event) == f"{CHANGED_ITEMS[kind]}#{event.sequence}#{event.type}"


def test_partition_names_its_order_or_its_product() -> None:
    of_order, of_product = str(EVERY_KEY["refund"]["PK"]), str(EVERY_KEY["stock"]["PK"])
    assert (order_keys.order_of_partition(of_order), order_keys.order_of_partition(of_product)) == (
        ORDER_ID,
        None,
    )
    assert (product_keys.product_of_partition(of_product), product_keys.product_of_partition(of_order)) == (
        MUG,
        None,
    )
