"""Every end an order can come to, over HTTP: the sandbox providers behave by the payment token and the
address, so that each of them can be asked for."""

from dataclasses import dataclass

import pytest

from orders_client import Address, Line, Money, Order, OrderStatus, PaymentStatus, Reason, ShipmentStatus
from tests.e2e.shop import ADDRESS, NOWHERE, Customer, Shop
from tests.support.invariants import check

FULFILLED = ("PENDING", "CONFIRMED", "FULFILLED")
REJECTED = ("PENDING", "REJECTING", "REJECTED")
TURNED_BACK = ("PENDING", "CONFIRMED", "CANCELLING", "CANCELLED")


@dataclass(frozen=True, kw_only=True)
class End:
    """How an order ends; the two reasons of the providers' are their own words."""

    history: tuple[str, ...]
    payment_token: str = "tok_ok"
    address: Address = ADDRESS
    reason: Reason | None = None
    payment: PaymentStatus | None
    refused_payment: str | None = None
    shipment: ShipmentStatus | None = None
    refused_shipment: str | None = None


ENDS = {
    "fulfilled": End(history=FULFILLED, payment=PaymentStatus.CAPTURED, shipment=ShipmentStatus.DISPATCHED),
    "declined": End(
        payment_token="tok_declined",
        history=REJECTED,
        reason=Reason.PAYMENT_DECLINED,
        payment=PaymentStatus.DECLINED,
        refused_payment="card_declined",
    ),
    "insufficient funds": End(
        payment_token="tok_insufficient_funds",
        history=REJECTED,
        reason=Reason.PAYMENT_DECLINED,
        payment=PaymentStatus.DECLINED,
        refused_payment="insufficient_funds",
    ),
    "a token that the provider does not know": End(
        payment_token="tok_of_somebody_else",
        history=REJECTED,
        reason=Reason.PAYMENT_DECLINED,
        payment=PaymentStatus.DECLINED,
        refused_payment="unknown_token",
    ),
    "the provider's answer was lost": End(
        payment_token="tok_timeout",
        history=FULFILLED,
        payment=PaymentStatus.CAPTURED,
        shipment=ShipmentStatus.DISPATCHED,
    ),
    "the provider was away for a while": End(
        payment_token="tok_flaky",
        history=FULFILLED,
        payment=PaymentStatus.CAPTURED,
        shipment=ShipmentStatus.DISPATCHED,
    ),
    "capture refused": End(
        payment_token="tok_capture_refused",
        history=TURNED_BACK,
        reason=Reason.CAPTURE_REFUSED,
        payment=PaymentStatus.VOIDED,
        refused_payment="authorisation_expired",
        shipment=ShipmentStatus.CANCELLED,
    ),
    "an address that nobody delivers to": End(
        address=NOWHERE,
        history=TURNED_BACK,
        reason=Reason.SHIPMENT_REFUSED,
        payment=PaymentStatus.REFUNDED,
        shipment=ShipmentStatus.CANCELLED,
        refused_shipment="address_not_served",
    ),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_an_order_comes_to_its_end(shop: Shop, alice: Customer, end: End) -> None:
    sku = shop.product(units=5, price=1250)
    order = alice.order(sku, 2, payment_token=end.payment_token, address=end.address)

    assert tuple(change.status for change in order.history) == end.history
    assert (order.status, order.reason) == (end.history[-1], end.reason)
    # The change that turned the order back says why.
    assert order.history[-2].reason == end.reason
    payment, shipment = order.payment, order.shipment
    assert (payment and payment.status, payment and payment.reason) == (end.payment, end.refused_payment)
    assert (shipment and shipment.status) == end.shipment
    assert (shipment and shipment.reason) == end.refused_shipment
    assert _charged(shop, order) == (2500 if end.history == FULFILLED else 0)
    assert shop.available(sku) == (3 if end.history == FULFILLED else 5)
    check(shop.tables, ended=False)


def _charged(shop: Shop, order: Order) -> int:
    """What the provider's own books say that the customer was charged, all in all."""
    own = [page for page in shop.tables.pages() if page.get("key", "").startswith(f"{order.order_id}/")]
    return sum(page["captured"] - page["refunded"] for page in own)


def test_a_fulfilled_order_tells_its_whole_story(shop: Shop, alice: Customer) -> None:
    """Placed with two lines: what it costs, when it changed, how it was paid and sent."""
    mug, pot = shop.product(price=1250), shop.product(price=4800)
    placed = alice.client.place_order([Line(mug, 3), Line(pot, 1)], "tok_ok", ADDRESS)
    assert (placed.status, placed.version, placed.http.status) == (OrderStatus.PENDING, 1, 202)
    assert (placed.payment, placed.shipment) == (None, None)

    order = alice.end_of(placed)
    assert order.lines == placed.lines
    assert [(line.sku, line.quantity, line.unit_price.amount) for line in order.lines] == [
        (mug, 3, 1250),
        (pot, 1, 4800),
    ]
    assert order.total.amount == order.subtotal.amount == 3 * 1250 + 4800
    assert order.total.currency == "EUR"
    assert order.version == len(order.history) == 3
    times = [change.at for change in order.history]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (order.created_at, order.updated_at)
    assert order.payment
    assert (order.payment.attempt, order.payment.amount) == (1, order.total)
    assert order.shipment
    assert order.shipment.tracking_number


def test_an_order_beyond_the_stock_is_rejected_and_never_reaches_the_provider(
    shop: Shop, alice: Customer
) -> None:
    sku = shop.product(units=1)
    order = alice.order(sku, 2)
    assert (order.status, order.reason) == (OrderStatus.REJECTED, Reason.OUT_OF_STOCK)
    assert (order.payment, order.shipment) == (None, None)
    assert shop.available(sku) == 1


def test_a_price_that_changes_never_touches_a_placed_order(shop: Shop, alice: Customer) -> None:
    sku = shop.product(price=1000)
    order = alice.order(sku)
    product = shop.public.get_product(sku)
    shop.staff.put_product(sku, product.name, Money(2000, "EUR"), if_match=product.http.etag)
    assert alice.client.get_order(order.order_id).total.amount == 1000
    assert alice.order(sku).total.amount == 2000
