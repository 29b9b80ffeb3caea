"""Guarantee 7: an order costs what its customer agreed to, or it is not placed."""

import pytest

from orders_client import Line, Money, Order, PriceChanged
from tests.e2e.shop import ADDRESS, Customer, Shop


def test_an_order_is_refused_if_its_price_was_raised_after_it_was_shown(shop: Shop, alice: Customer) -> None:
    sku = shop.product(price=1000)
    shown = shop.public.get_product(sku)
    shop.staff.put_product(sku, shown.name, Money(10_000, "EUR"), if_match=shown.http.etag)

    def place(total: Money) -> Order:
        return alice.client.place_order(
            [Line(sku, 2)], "tok_ok", ADDRESS, expected_total=total, idempotency_key="basket-1"
        )

    with pytest.raises(PriceChanged) as refused:
        place(Money(2000, "EUR"))
    assert (refused.value.status, refused.value.total) == (409, Money(20_000, "EUR"))
    assert [(line.sku, line.unit_price.amount) for line in refused.value.lines] == [(sku, 10_000)]
    assert shop.tables.orders_of(alice.customer_id) == []

    placed = place(refused.value.total)
    present = shop.public.get_product(sku)
    shop.staff.put_product(sku, present.name, Money(1, "EUR"), if_match=present.http.etag)
    again = place(refused.value.total)
    assert (again.order_id, again.http.replayed, again.total) == (placed.order_id, True, Money(20_000, "EUR"))
    ended = alice.wait_for_end(placed)
    assert (ended.status, ended.payment and ended.payment.amount) == ("FULFILLED", Money(20_000, "EUR"))
