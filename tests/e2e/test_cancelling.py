"""A customer changes their mind: in time, and too late.

`tok_flaky` keeps an order PENDING for some seconds: the provider is not available for its first two
authorisations, and the saga waits before it asks again.
"""

from dataclasses import dataclass

import pytest

from orders_client import Order, OrderStatus, Reason, TooLateToCancel
from tests.e2e.shop import NOWHERE, Customer, Shop, bare
from tests.e2e.waiting import until
from tests.support.invariants import check


@dataclass(frozen=True)
class ChangeOfMind:
    """An order of two of five units, cancelled twice as soon as it was placed, and how it ended."""

    customer: Customer
    sku: str
    asked: list[Order]
    order: Order


@pytest.fixture(scope="module")
def change_of_mind(shop: Shop) -> ChangeOfMind:
    carol, sku = shop.customer("carol"), shop.product(units=5)
    placed = carol.place(sku, 2, payment_token="tok_flaky", key="basket-1")
    asked = [carol.client.cancel_order(placed.order_id) for _ in range(2)]
    return ChangeOfMind(carol, sku, asked, carol.end_of(placed))


def test_an_order_is_cancelled_before_it_is_confirmed(shop: Shop, change_of_mind: ChangeOfMind) -> None:
    order = change_of_mind.order
    assert [change.status for change in order.history] == ["PENDING", "CANCELLING", "CANCELLED"]
    assert (order.status, order.reason) == (OrderStatus.CANCELLED, Reason.CUSTOMER_REQUEST)
    assert shop.available(change_of_mind.sku) == 5
    check(shop.tables, ended=False)


def test_to_cancel_again_is_safe(change_of_mind: ChangeOfMind) -> None:
    """While it is under way, and when it is done."""
    first, second = change_of_mind.asked
    assert first.http.status == second.http.status == 202
    assert (first.status, first.reason) == (OrderStatus.CANCELLING, Reason.CUSTOMER_REQUEST)
    again = change_of_mind.customer.client.cancel_order(first.order_id)
    assert again.http.status == 202
    assert bare(again) == bare(change_of_mind.order)


def test_a_cancelled_order_s_key_still_names_it(change_of_mind: ChangeOfMind) -> None:
    again = change_of_mind.customer.place(change_of_mind.sku, 2, payment_token="tok_flaky", key="basket-1")
    assert (again.order_id, again.status) == (change_of_mind.order.order_id, OrderStatus.CANCELLED)
    assert again.http.replayed


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
