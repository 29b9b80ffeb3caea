"""Products: everyone may read them; a change must name the version that was read."""

import pytest

from orders_client import (
    Money,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    StockIsHeld,
    Unprocessable,
)
from tests.e2e.shop import Customer, Shop, body_only
from tests.e2e.waiting import until


def test_a_created_product_can_be_read_without_a_token(shop: Shop) -> None:
    sku = shop.product(units=0)
    product = shop.public.get_product(sku)
    assert (product.name, product.price, product.available) == ("Enamel mug", Money(1250, "EUR"), 0)
    assert product.http.etag


def test_the_catalogue_may_be_cached_for_half_a_minute(shop: Shop) -> None:
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


def test_an_update_without_if_match_is_refused(shop: Shop) -> None:
    sku = shop.product()
    with pytest.raises(PreconditionRequired) as refused:
        shop.staff.put_product(sku, "Mug", Money(1, "EUR"))
    assert refused.value.status == 428
    assert shop.public.get_product(sku).price.amount == 1250


def test_an_update_of_an_older_version_is_refused(shop: Shop) -> None:
    sku = shop.product()
    seen = shop.public.get_product(sku)
    changed = shop.staff.put_product(sku, "Mug", Money(1300, "EUR"), if_match=seen.http.etag)
    assert (changed.http.status, changed.version) == (200, seen.version + 1)
    assert changed.http.etag != seen.http.etag
    with pytest.raises(PreconditionFailed) as refused:
        shop.staff.put_product(sku, "Mug", Money(1, "EUR"), if_match=seen.http.etag)
    assert refused.value.status == 412
    assert shop.public.get_product(sku).price.amount == 1300


def test_an_update_of_a_product_that_does_not_exist_is_refused(shop: Shop) -> None:
    with pytest.raises(PreconditionFailed):
        shop.staff.put_product("NO-SUCH-SKU", "Mug", Money(1, "EUR"), if_match='"v1"')
    with pytest.raises(NotFound):
        shop.public.get_product("NO-SUCH-SKU")


def test_a_product_is_deleted_and_orders_keep_their_lines(shop: Shop, alice: Customer) -> None:
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


def test_a_product_cannot_be_deleted_while_an_order_holds_its_stock(shop: Shop, alice: Customer) -> None:
    sku = shop.product(units=3)
    etag = shop.public.get_product(sku).http.etag
    assert etag
    with shop.paused_before_confirmation():
        placed = alice.place(sku)
        until("its stock to be held", lambda: shop.available(sku) == 2)
        with pytest.raises(StockIsHeld) as refused:
            shop.staff.delete_product(sku, if_match=etag)
    assert refused.value.status == 409
    alice.wait_for_end(placed)
    assert shop.staff.delete_product(sku, if_match=etag).status == 204


def test_a_deletion_without_the_current_version_is_refused(shop: Shop) -> None:
    sku = shop.product()
    token = shop.instance.token("staff", "products:write")
    assert shop.send("DELETE", f"/products/{sku}", token=token).status == 428
    with pytest.raises(PreconditionFailed):
        shop.staff.delete_product(sku, if_match='"v99"')
    assert shop.public.get_product(sku).available == 10


def test_the_catalogue_is_listed_by_sku_page_by_page(idle_shop: Shop) -> None:
    entered = {idle_shop.product(units=number) for number in range(3)}
    whole = [body_only(product) for product in idle_shop.public.list_products(limit=100)]
    paged = [body_only(product) for product in idle_shop.public.list_products(limit=2)]
    assert [product.sku for product in whole] == sorted(product.sku for product in whole)
    assert entered <= {product.sku for product in whole}
    assert paged == whole
