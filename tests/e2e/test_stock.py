"""Guarantee 2: wrong stock is corrected, never below the held units, and the ledger lists the correction."""

import pytest

from orders_client import NotEnoughStock, NotFound
from tests.e2e.shop import Customer, Shop
from tests.e2e.waiting import until
from tests.e2e.worker_pool import at_once


def test_removed_units_cannot_be_ordered_and_the_ledger_has_the_reason(shop: Shop) -> None:
    sku = shop.product(units=10)
    stock = shop.staff.adjust_stock(sku, -4, "dropped while unpacking", idempotency_key="stocktaking-1")
    again = shop.staff.adjust_stock(sku, -4, "dropped while unpacking", idempotency_key="stocktaking-1")
    assert (stock.received, stock.adjusted, stock.available) == (10, -4, 6)
    assert (again.http.replayed, again.available) == (True, 6)
    assert shop.available(sku) == 6
    listed = until(
        "two entries",
        lambda: [entry for entry in [list(shop.staff.list_stock_entries(sku, limit=1))] if len(entry) == 2],
    )
    newest, oldest = listed[0]
    assert (newest.key, newest.adjusted, newest.reason) == ("stocktaking-1", -4, "dropped while unpacking")
    assert (oldest.key, oldest.received, oldest.by) == ("first-delivery", 10, newest.by)
    assert newest.by


def test_units_that_an_open_order_holds_cannot_be_removed(shop: Shop, alice: Customer) -> None:
    sku = shop.product(units=3)
    with shop.paused_before_confirmation():
        placed = alice.place(sku)
        until("its stock to be held", lambda: shop.available(sku) == 2)
        with pytest.raises(NotEnoughStock) as refused:
            shop.staff.adjust_stock(sku, -3, "not to be found", idempotency_key="stocktaking-1")
    assert (refused.value.status, refused.value.available, refused.value.held) == (409, 2, 1)
    shop.staff.adjust_stock(sku, -2, "not to be found", idempotency_key="stocktaking-1")
    assert alice.wait_for_end(placed).status == "FULFILLED"
    stock = shop.staff.get_stock(sku)
    assert (stock.received, stock.adjusted, stock.available, stock.held, stock.shipped) == (3, -2, 0, 0, 1)


def test_a_sku_that_is_created_again_has_the_stock_it_had(shop: Shop) -> None:
    sku = shop.product(units=10)
    shop.staff.adjust_stock(sku, -4, "entered twice", idempotency_key="stocktaking-1")
    shop.staff.delete_product(sku, if_match=shop.public.get_product(sku).http.etag)
    assert shop.staff.get_stock(sku).available == 6
    shop.stock(sku, units=0)
    assert shop.available(sku) == 6
    assert until("the ledger", lambda: len(list(shop.staff.list_stock_entries(sku))) == 2)


def test_concurrent_removals_succeed_only_while_units_are_available(shop: Shop) -> None:
    sku = shop.product(units=3)

    def remove_one(number: int) -> bool:
        try:
            shop.staff.adjust_stock(sku, -1, "broken", idempotency_key=f"stocktaking-{number}")
        except NotEnoughStock:
            return False
        return True

    assert sorted(at_once(6, remove_one)) == [False] * 3 + [True] * 3
    assert shop.staff.get_stock(sku).available == 0


def test_an_unknown_sku_has_no_ledger(shop: Shop) -> None:
    with pytest.raises(NotFound):
        shop.staff.get_stock("NO-SUCH-SKU")
