"""Products: read by anybody, changed by whoever has seen what they change."""

import pytest

from orders_client import (
    Money,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    StockIsHeld,
    Unprocessable,
)
from tests.e2e.shop import Customer, Shop, bare
from tests.e2e.waiting import until


def test_a_product_is_entered_and_read_by_anybody(shop: Shop) -> None:
    sku = shop.product(units=0)
    product = shop.public.get_product(sku)
    assert (product.name, product.price, product.available) == ("Enamel mug", Money(1250, "EUR"), 0)
    assert product.http.etag


def test_the_catalogue_may_be_kept_for_half_a_minute(shop: Shop) -> None:
    sku = shop.product()
    for path in ("/products", f"/products/{sku}"):
        assert shop.send("GET", path).headers["cache-control"] == "public, max-age=30"


def test_a_product_that_has_not_changed_is_not_sent_again(shop: Shop) -> None:
    sku = shop.product()
    known = shop.public.get_product(sku)
    assert known.http.etag
    again = shop.send("GET", f"/products/{sku}", headers={"If-None-Match": known.http.etag})
    assert (again.status, again.body, again.headers["etag"]) == (304, None, known.http.etag)
    assert shop.public.get_product(sku, known=known).http.status == 304


def test_a_sale_changes_the_stock_and_not_the_etag(shop: Shop, alice: Customer) -> None:
    sku = shop.product(units=10)
    before = shop.public.get_product(sku)
    alice.order(sku, 4)
    after = shop.public.get_product(sku)
    assert (before.available, after.available) == (10, 6)
    assert before.http.etag == after.http.etag


def test_a_change_must_say_what_it_has_seen(shop: Shop) -> None:
    sku = shop.product()
    with pytest.raises(PreconditionRequired) as refused:
        shop.staff.put_product(sku, "Mug", Money(1, "EUR"))
    assert refused.value.status == 428
    assert shop.public.get_product(sku).price.amount == 1250


def test_a_change_of_another_version_is_refused(shop: Shop) -> None:
    sku = shop.product()
    seen = shop.public.get_product(sku)
    changed = shop.staff.put_product(sku, "Mug", Money(1300, "EUR"), if_match=seen.http.etag)
    assert (changed.http.status, changed.version) == (200, seen.version + 1)
    assert changed.http.etag != seen.http.etag
    with pytest.raises(PreconditionFailed) as refused:
        shop.staff.put_product(sku, "Mug", Money(1, "EUR"), if_match=seen.http.etag)
    assert refused.value.status == 412
    assert shop.public.get_product(sku).price.amount == 1300


def test_nothing_is_changed_where_nothing_is(shop: Shop) -> None:
    with pytest.raises(PreconditionFailed):
        shop.staff.put_product("NO-SUCH-SKU", "Mug", Money(1, "EUR"), if_match='"v1"')
    with pytest.raises(NotFound):
        shop.public.get_product("NO-SUCH-SKU")


def test_a_product_leaves_the_catalogue_and_orders_keep_their_lines(shop: Shop, alice: Customer) -> None:
    sku = shop.product()
    order = alice.order(sku)
    seen = shop.public.get_product(sku)
    assert seen.http.etag
    assert shop.staff.delete_product(sku, if_match=seen.http.etag).status == 204
    with pytest.raises(NotFound):
        shop.public.get_product(sku)
    with pytest.raises(NotFound):
        shop.staff.delete_product(sku, if_match=seen.http.etag)
    with pytest.raises(Unprocessable) as refused:
        alice.place(sku)
    assert [error.field for error in refused.value.errors] == ["lines[0].sku"]
    assert alice.client.get_order(order.order_id).lines == order.lines


def test_a_product_stays_while_an_order_holds_its_stock(shop: Shop, alice: Customer) -> None:
    sku = shop.product(units=3)
    etag = shop.public.get_product(sku).http.etag
    assert etag
    placed = alice.place(sku, payment_token="tok_flaky")
    until("its stock to be held", lambda: shop.available(sku) == 2)
    with pytest.raises(StockIsHeld) as refused:
        shop.staff.delete_product(sku, if_match=etag)
    assert refused.value.status == 409
    alice.end_of(placed)
    assert shop.staff.delete_product(sku, if_match=etag).status == 204


def test_to_remove_a_product_says_what_it_has_seen(shop: Shop) -> None:
    sku = shop.product()
    token = shop.instance.token("staff", "products:write")
    assert shop.send("DELETE", f"/products/{sku}", token=token).status == 428
    with pytest.raises(PreconditionFailed):
        shop.staff.delete_product(sku, if_match='"v99"')
    assert shop.public.get_product(sku).available == 10


def test_the_catalogue_is_listed_by_sku_page_by_page(shop: Shop) -> None:
    entered = {shop.product(units=number) for number in range(3)}
    whole = [bare(product) for product in shop.public.list_products(limit=100)]
    paged = [bare(product) for product in shop.public.list_products(limit=2)]
    assert [product.sku for product in whole] == sorted(product.sku for product in whole)
    assert entered <= {product.sku for product in whole}
    assert paged == whole
