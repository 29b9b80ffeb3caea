"""A customer cancels an order in time, or too late.

The cancellations in time are sent while processing is paused: they cannot be late on a busy machine.
"""

from dataclasses import dataclass

import pytest

from orders_client import Order, OrderStatus, Reason, TooLateToCancel
from tests.e2e.shop import UNSERVED_ADDRESS, Customer, Shop, body_only
from tests.e2e.waiting import until


@dataclass(frozen=True)
class CancelledOrder:
    """An order of two of five units that was cancelled twice while it was PENDING, and how it ended."""

    customer: Customer
    sku: str
    responses: list[Order]
    order: Order


@pytest.fixture(scope="module")
def cancelled(shop: Shop) -> CancelledOrder:
    carol, sku = shop.customer("carol"), shop.product(units=5)
    with shop.paused_processing():
        placed = carol.place(sku, 2, key="basket-1")
        responses = [carol.client.cancel_order(placed.order_id) for _ in range(2)]
    return CancelledOrder(carol, sku, responses, carol.wait_for_end(placed))


def test_an_order_is_cancelled_before_it_is_confirmed(shop: Shop, cancelled: CancelledOrder) -> None:
    order = cancelled.order
    assert [change.status for change in order.history] == ["PENDING", "CANCELLING", "CANCELLED"]
    assert (order.status, order.reason) == (OrderStatus.CANCELLED, Reason.CUSTOMER_REQUEST)
    assert shop.available(cancelled.sku) == 5
    shop.check_guarantees()


def test_cancelling_again_returns_the_same_order(cancelled: CancelledOrder) -> None:
    """While the cancellation is in progress, and after its end."""
    first, second = cancelled.responses
    assert first.http.status == second.http.status == 202
    assert (first.status, first.reason) == (OrderStatus.CANCELLING, Reason.CUSTOMER_REQUEST)
    again = cancelled.customer.client.cancel_order(first.order_id)
    assert again.http.status == 202
    assert body_only(again) == body_only(cancelled.order)


def test_the_key_of_a_cancelled_order_still_returns_it(cancelled: CancelledOrder) -> None:
    again = cancelled.customer.place(cancelled.sku, 2, key="basket-1")
    assert (again.order_id, again.status) == (cancelled.order.order_id, OrderStatus.CANCELLED)
    assert again.http.replayed


def test_cancelling_releases_the_stock_and_voids_the_payment(shop: Shop, alice: Customer) -> None:
    sku = shop.product(units=5)
    with shop.paused_before_confirmation():
        placed = alice.place(sku, 2)
        until("its stock to be held and its payment to be authorised", lambda: _is_authorised(shop, placed))
        assert shop.available(sku) == 3
        alice.client.cancel_order(placed.order_id)

    order = alice.wait_for_end(placed)
    assert (order.status, order.reason) == (OrderStatus.CANCELLED, Reason.CUSTOMER_REQUEST)
    assert order.payment
    assert order.payment.status == "VOIDED"
    assert order.shipment is None
    assert shop.available(sku) == 5
    shop.check_guarantees()


def _is_authorised(shop: Shop, order: Order) -> bool:
    return shop.tables.of_order(order.order_id).get("PAYMENT#01", {}).get("status") == "AUTHORISED"


@pytest.mark.parametrize(
    ("payment_token", "end"), [("tok_ok", OrderStatus.FULFILLED), ("tok_declined", OrderStatus.REJECTED)]
)
def test_an_order_that_has_ended_cannot_be_cancelled(
    shop: Shop, alice: Customer, payment_token: str, end: OrderStatus
) -> None:
    order = alice.order(shop.product(), payment_token=payment_token)
    assert order.status == end
    with pytest.raises(TooLateToCancel) as refused:
        alice.client.cancel_order(order.order_id)
    assert refused.value.status == 409
    assert end in refused.value.detail
    assert body_only(alice.client.get_order(order.order_id)) == body_only(order)


def test_cancelling_an_order_that_the_system_cancelled_keeps_its_reason(shop: Shop, alice: Customer) -> None:
    order = alice.order(shop.product(), address=UNSERVED_ADDRESS)
    assert alice.client.cancel_order(order.order_id).reason == Reason.SHIPMENT_REFUSED
