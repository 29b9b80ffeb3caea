"""An order costs what its customer agreed to, or it is not placed."""

import pytest

from orders_client import Line, Money, PriceChanged
from tests.e2e.shop import ADDRESS, Customer, Shop


def test_a_price_that_was_raised_since_it_was_shown_is_not_charged(shop: Shop, alice: Customer) -> None:
    sku = shop.product(price=1000)
    shown = shop.public.get_product(sku)
    shop.staff.put_product(sku, shown.name, Money(10_000, "EUR"), if_match=shown.http.etag)
    lines, key = [Line(sku, 2)], "basket-1"

    with pytest.raises(PriceChanged) as refused:
        alice.client.place_order(
            lines, "tok_ok", ADDRESS, expected_total=Money(2000, "EUR"), idempotency_key=key
        )
    assert (refused.value.status, refused.value.total) == (409, Money(20_000, "EUR"))
    assert [(line.sku, line.unit_price.amount) for line in refused.value.lines] == [(sku, 10_000)]
    assert shop.tables.orders_of(alice.customer_id) == []

    agreed = {"expected_total": refused.value.total, "idempotency_key": key}
    placed = alice.client.place_order(lines, "tok_ok", ADDRESS, **agreed)
    present = shop.public.get_product(sku)
    shop.staff.put_product(sku, present.name, Money(1, "EUR"), if_match=present.http.etag)
    again = alice.client.place_order(lines, "tok_ok", ADDRESS, **agreed)
    assert (again.order_id, again.http.replayed, again.total) == (placed.order_id, True, Money(20_000, "EUR"))
    ended = alice.end_of(placed)
    assert (ended.status, ended.payment and ended.payment.amount) == ("FULFILLED", Money(20_000, "EUR"))
