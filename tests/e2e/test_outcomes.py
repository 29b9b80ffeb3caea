"""Guarantees 2, 3 and 4: every outcome of an order, over HTTP.

The payment token and the address determine how the sandbox providers behave.
"""

from dataclasses import dataclass

import pytest

from orders_client import Address, Line, Money, Order, OrderStatus, PaymentStatus, Reason, ShipmentStatus
from tests.e2e.shop import ADDRESS, UNSERVED_ADDRESS, Customer, Shop

FULFILLED = ("PENDING", "CONFIRMED", "FULFILLED")
REJECTED = ("PENDING", "REJECTING", "REJECTED")
CANCELLED_BY_SYSTEM = ("PENDING", "CONFIRMED", "CANCELLING", "CANCELLED")


@dataclass(frozen=True, kw_only=True)
class ExpectedOutcome:
    """An order and its expected outcome; `refused_payment` and `refused_shipment` are providers' codes."""

    history: tuple[str, ...]
    payment_token: str = "tok_ok"
    address: Address = ADDRESS
    reason: Reason | None = None
    payment: PaymentStatus | None
    refused_payment: str | None = None
    shipment: ShipmentStatus | None = None
    refused_shipment: str | None = None


OUTCOMES = {
    "fulfilled": ExpectedOutcome(
        history=FULFILLED, payment=PaymentStatus.CAPTURED, shipment=ShipmentStatus.DISPATCHED
    ),
    "declined": ExpectedOutcome(
        payment_token="tok_declined",
        history=REJECTED,
        reason=Reason.PAYMENT_DECLINED,
        payment=PaymentStatus.DECLINED,
        refused_payment="card_declined",
    ),
    "insufficient funds": ExpectedOutcome(
        payment_token="tok_insufficient_funds",
        history=REJECTED,
        reason=Reason.PAYMENT_DECLINED,
        payment=PaymentStatus.DECLINED,
        refused_payment="insufficient_funds",
    ),
    "a payment token that the provider does not know": ExpectedOutcome(
        payment_token="tok_of_somebody_else",
        history=REJECTED,
        reason=Reason.PAYMENT_DECLINED,
        payment=PaymentStatus.DECLINED,
        refused_payment="unknown_token",
    ),
    "the provider's response is lost": ExpectedOutcome(
        payment_token="tok_timeout",
        history=FULFILLED,
        payment=PaymentStatus.CAPTURED,
        shipment=ShipmentStatus.DISPATCHED,
    ),
    "the provider is unavailable for a while": ExpectedOutcome(
        payment_token="tok_flaky",
        history=FULFILLED,
        payment=PaymentStatus.CAPTURED,
        shipment=ShipmentStatus.DISPATCHED,
    ),
    "capture refused": ExpectedOutcome(
        payment_token="tok_capture_refused",
        history=CANCELLED_BY_SYSTEM,
        reason=Reason.CAPTURE_REFUSED,
        payment=PaymentStatus.VOIDED,
        refused_payment="authorisation_expired",
        shipment=ShipmentStatus.CANCELLED,
    ),
    "an address that the carrier does not serve": ExpectedOutcome(
        address=UNSERVED_ADDRESS,
        history=CANCELLED_BY_SYSTEM,
        reason=Reason.SHIPMENT_REFUSED,
        payment=PaymentStatus.REFUNDED,
        shipment=ShipmentStatus.CANCELLED,
        refused_shipment="address_not_served",
    ),
}


@pytest.mark.parametrize("expected", OUTCOMES.values(), ids=OUTCOMES.keys())
def test_an_order_reaches_its_outcome(shop: Shop, alice: Customer, expected: ExpectedOutcome) -> None:
    sku = shop.product(units=5, price=1250)
    order = alice.order(sku, 2, payment_token=expected.payment_token, address=expected.address)

    assert tuple(change.status for change in order.history) == expected.history
    assert (order.status, order.reason) == (expected.history[-1], expected.reason)
    # The transition to REJECTING or CANCELLING has the reason.
    assert order.history[-2].reason == expected.reason
    payment, shipment = order.payment, order.shipment
    assert (payment and payment.status, payment and payment.reason) == (
        expected.payment,
        expected.refused_payment,
    )
    assert (shipment and shipment.status) == expected.shipment
    assert (shipment and shipment.reason) == expected.refused_shipment
    assert _charged(shop, order) == (2500 if expected.history == FULFILLED else 0)
    assert shop.available(sku) == (3 if expected.history == FULFILLED else 5)
    shop.check_guarantees()


def _charged(shop: Shop, order: Order) -> int:
    """The charged amount less refunds, by the payment provider's own records."""
    own = [
        record
        for record in shop.tables.provider_records()
        if record.get("key", "").startswith(f"{order.order_id}/")
    ]
    return sum(each["captured"] - each["refunded"] for each in own)


def test_a_fulfilled_order_has_its_lines_total_history_payment_and_shipment(
    shop: Shop, alice: Customer
) -> None:
    """For an order with two lines."""
    mug, pot = shop.product(price=1250), shop.product(price=4800)
    placed = alice.client.place_order([Line(mug, 3), Line(pot, 1)], "tok_ok", ADDRESS)
    assert (placed.status, placed.version, placed.http.status) == (OrderStatus.PENDING, 1, 202)
    assert (placed.payment, placed.shipment) == (None, None)

    order = alice.wait_for_end(placed)
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


def test_an_order_beyond_the_stock_is_rejected_without_calling_a_provider(
    shop: Shop, alice: Customer
) -> None:
    sku = shop.product(units=1)
    order = alice.order(sku, 2)
    assert (order.status, order.reason) == (OrderStatus.REJECTED, Reason.OUT_OF_STOCK)
    assert (order.payment, order.shipment) == (None, None)
    assert shop.available(sku) == 1


def test_a_later_price_change_does_not_affect_a_placed_order(shop: Shop, alice: Customer) -> None:
    sku = shop.product(price=1000)
    order = alice.order(sku)
    product = shop.public.get_product(sku)
    shop.staff.put_product(sku, product.name, Money(2000, "EUR"), if_match=product.http.etag)
    assert alice.client.get_order(order.order_id).total.amount == 1000
    assert alice.order(sku).total.amount == 2000
