"""A customer changes their mind: in time, and too late.

`tok_flaky` keeps an order PENDING for some seconds: the provider is not available for its first two
authorisations, and the saga waits before it asks again.
"""

import pytest

from orders_client import OrderStatus, Reason, TooLateToCancel
from tests.e2e.shop import NOWHERE, Customer, Shop, bare
from tests.e2e.waiting import until
from tests.support.invariants import check


def test_an_order_is_cancelled_before_it_is_confirmed(shop: Shop, alice: Customer) -> None:
    sku = shop.product(units=5)
    placed = alice.place(sku, 2, payment_token="tok_flaky")
    cancelling = alice.client.cancel_order(placed.order_id)
    assert (cancelling.status, cancelling.reason) == (OrderStatus.CANCELLING, Reason.CUSTOMER_REQUEST)

    order = alice.end_of(placed)
    assert [change.status for change in order.history] == ["PENDING", "CANCELLING", "CANCELLED"]
    assert order.reason == Reason.CUSTOMER_REQUEST
    assert shop.available(sku) == 5
    check(shop.tables, ended=False)


def test_what_an_order_holds_is_given_back_when_it_is_cancelled(shop: Shop, alice: Customer) -> None:
    sku = shop.product(units=5)
    placed = alice.place(sku, 2, payment_token="tok_flaky")
    until("its stock to be held and its payment to be prepared", lambda: _is_under_way(shop, placed.order_id))
    assert shop.available(sku) == 3
    alice.client.cancel_order(placed.order_id)

    order = alice.end_of(placed)
    assert (order.status, order.reason) == (OrderStatus.CANCELLED, Reason.CUSTOMER_REQUEST)
    assert order.payment
    assert order.payment.status == "VOIDED"
    assert order.shipment is None
    assert shop.available(sku) == 5
    check(shop.tables, ended=False)


def _is_under_way(shop: Shop, order_id: str) -> bool:
    return {"RESERVATION", "PAYMENT#01"} <= shop.tables.of_order(order_id).keys()


def test_to_cancel_again_is_safe(shop: Shop, alice: Customer) -> None:
    placed = alice.place(shop.product(), payment_token="tok_flaky")
    first, second = (alice.client.cancel_order(placed.order_id) for _ in range(2))
    assert first.http.status == second.http.status == 202
    order = alice.end_of(placed)
    assert alice.client.cancel_order(placed.order_id).version == order.version
    assert [change.status for change in order.history].count(OrderStatus.CANCELLING) == 1


@pytest.mark.parametrize(
    ("payment_token", "end"), [("tok_ok", OrderStatus.FULFILLED), ("tok_declined", OrderStatus.REJECTED)]
)
def test_an_order_that_has_ended_is_not_cancelled(
    shop: Shop, alice: Customer, payment_token: str, end: OrderStatus
) -> None:
    order = alice.order(shop.product(), payment_token=payment_token)
    assert order.status == end
    with pytest.raises(TooLateToCancel) as refused:
        alice.client.cancel_order(order.order_id)
    assert refused.value.status == 409
    assert end in refused.value.detail
    assert bare(alice.client.get_order(order.order_id)) == bare(order)


def test_an_order_that_ended_cancelled_by_itself_keeps_its_reason(shop: Shop, alice: Customer) -> None:
    order = alice.order(shop.product(), address=NOWHERE)
    assert alice.client.cancel_order(order.order_id).reason == Reason.SHIPMENT_REFUSED


def test_a_cancelled_order_s_key_still_names_it(shop: Shop, alice: Customer) -> None:
    sku = shop.product()
    placed = alice.place(sku, payment_token="tok_flaky", key="basket-1")
    alice.client.cancel_order(placed.order_id)
    alice.end_of(placed)
    again = alice.place(sku, payment_token="tok_flaky", key="basket-1")
    assert (again.order_id, again.status) == (placed.order_id, OrderStatus.CANCELLED)
