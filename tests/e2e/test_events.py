"""Guarantee 5: every change of an order is published under an id of its own, without private data."""

import json

import msgspec

from tests.e2e.shop import ADDRESS, Customer, Shop
from tests.e2e.waiting import until

# The type and the sequence of each event of a fulfilled order.
_EXPECTED = {
    ("OrderPlaced", 1),
    ("StockReserved", 1),
    ("PaymentAuthorised", 2),
    ("OrderConfirmed", 2),
    ("PaymentCaptured", 3),
    ("ShipmentBooked", 2),
    ("ShipmentDispatched", 3),
    ("OrderFulfilled", 3),
}


def test_every_business_event_of_an_order_is_published_under_its_own_id(shop: Shop, alice: Customer) -> None:
    sku = shop.product()
    with shop.messages.recording_events() as recorder:
        order = alice.order(sku, 2)

        def published() -> set[tuple[str, int]]:
            details = [event["detail"] for event in recorder.events_of(order.order_id)]
            return {(detail["type"], detail["sequence"]) for detail in details}

        until(f"the events {sorted(_EXPECTED)}", lambda: published() >= _EXPECTED)
        heard = recorder.events_of(order.order_id)
        assert published() == _EXPECTED
        ids = {event["detail"]["id"] for event in heard}
        assert len(ids) == len(_EXPECTED)
        for event in heard:
            assert event["source"] == "orders"
            assert event["detail-type"] == event["detail"]["type"]
            assert event["detail"]["subject"] == order.order_id

        (placed,) = (event for event in heard if event["detail-type"] == "OrderPlaced")
        assert "oldStatus" not in placed["detail"]
        assert placed["detail"]["total"]["amount"] == order.total.amount
        (fulfilled,) = (event for event in heard if event["detail-type"] == "OrderFulfilled")
        assert (fulfilled["detail"]["oldStatus"], fulfilled["detail"]["newStatus"]) == (
            "CONFIRMED",
            "FULFILLED",
        )


def test_no_event_contains_a_payment_token_or_an_address(shop: Shop, alice: Customer) -> None:
    sku = shop.product()
    secret = "tok_0f9b1c7e55a24d1f"
    alice.client.put_profile(alice.email, address=ADDRESS)
    with shop.messages.recording_events() as recorder:
        refused = alice.order(sku, payment_token=secret)
        sent = alice.order(sku)

        def ends() -> set[str]:
            kinds = {
                f"{event['detail'].get('orderId')} {event['detail-type']}" for event in recorder.events()
            }
            return kinds & {f"{refused.order_id} OrderRejected", f"{sent.order_id} OrderFulfilled"}

        until("the last events of both orders", lambda: len(ends()) == 2)
        published = json.dumps(recorder.events())
    assert alice.email not in published
    for private in (secret, *msgspec.structs.astuple(ADDRESS)):
        assert json.dumps(private) not in published
