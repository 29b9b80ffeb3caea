"""Stock that was entered wrong is put right, never below what orders hold, and the ledger tells of it."""

import pytest

from orders_client import NotEnoughStock, NotFound
from tests.e2e.shop import Customer, Shop
from tests.e2e.waiting import until
from tests.e2e.worker_pool import at_once


def test_units_that_are_taken_out_cannot_be_ordered_and_the_ledger_says_why(shop: Shop) -> None:
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


def test_what_an_open_order_holds_cannot_be_taken_out(shop: Shop, alice: Customer) -> None:
    sku = shop.product(units=3)
    placed = alice.place(sku, payment_token="tok_flaky")
    until("its stock to be held", lambda: shop.available(sku) == 2)
    with pytest.raises(NotEnoughStock) as refused:
        shop.staff.adjust_stock(sku, -3, "not to be found", idempotency_key="stocktaking-1")
    assert (refused.value.status, refused.value.available, refused.value.held) == (409, 2, 1)
    shop.staff.adjust_stock(sku, -2, "not to be found", idempotency_key="stocktaking-1")
    assert alice.end_of(placed).status == "FULFILLED"
    stock = shop.staff.get_stock(sku)
    assert (stock.received, stock.adjusted, stock.available, stock.held, stock.shipped) == (3, -2, 0, 0, 1)


def test_a_sku_that_comes_back_brings_no_unit_that_was_taken_out(shop: Shop) -> None:
    sku = shop.product(units=10)
    shop.staff.adjust_stock(sku, -4, "entered twice", idempotency_key="stocktaking-1")
    shop.staff.delete_product(sku, if_match=shop.public.get_product(sku).http.etag)
    assert shop.staff.get_stock(sku).available == 6
    shop.stock(sku, units=0)
    assert shop.available(sku) == 6
    assert until("the ledger", lambda: len(list(shop.staff.list_stock_entries(sku))) == 2)


def test_of_many_who_take_out_the_last_units_at_once_so_many_succeed_as_there_are(shop: Shop) -> None:
    sku = shop.product(units=3)

    def take_out(number: int) -> bool:
        try:
            shop.staff.adjust_stock(sku, -1, "broken", idempotency_key=f"stocktaking-{number}")
        except NotEnoughStock:
            return False
        return True

    assert sorted(at_once(6, take_out)) == [False] * 3 + [True] * 3
    assert shop.staff.get_stock(sku).available == 0


def test_there_is_no_ledger_of_what_never_was(shop: Shop) -> None:
    with pytest.raises(NotFound):
        shop.staff.get_stock("NO-SUCH-SKU")
