"""Guarantee 5: every change of an order is published under an id of its own, without private data."""

import json

import msgspec

from tests.e2e.shop import ADDRESS, Customer, Shop
from tests.e2e.waiting import until


def _expected(order_id: str) -> set[str]:
    """The ids of all events of a fulfilled order."""
    changes = (
        ("ORDER#1", "OrderPlaced"),
        ("RESERVATION#1", "StockReserved"),
        ("PAYMENT#01#1", "PaymentPrepared"),
        ("PAYMENT#01#2", "PaymentAuthorised"),
        ("ORDER#2", "OrderConfirmed"),
        ("PAYMENT#01#3", "PaymentCaptured"),
        ("SHIPMENT#1", "ShipmentIntended"),
        ("SHIPMENT#2", "ShipmentBooked"),
        ("SHIPMENT#3", "ShipmentDispatched"),
        ("RESERVATION#2", "StockCommitted"),
        ("ORDER#3", "OrderFulfilled"),
    )
    return {f"ORDER#{order_id}/{item}#{kind}" for item, kind in changes}


def test_every_change_of_an_order_is_published_under_its_own_id(shop: Shop, alice: Customer) -> None:
    sku = shop.product()
    with shop.messages.recording_events() as recorder:
        order = alice.order(sku, 2)
        expected = _expected(order.order_id)

        def ids() -> set[str]:
            return {event["detail"]["eventId"] for event in recorder.events_of(order.order_id)}

        until(f"the events {sorted(expected)}", lambda: expected <= ids())
        heard = recorder.events_of(order.order_id)
        assert ids() == expected
        for event in heard:
            detail = event["detail"]
            assert event["source"] == "orders"
            assert event["detail-type"] == detail["type"]
            assert detail["eventId"].endswith(f"#{detail['version']}#{detail['type']}")

        (placed,) = (event for event in heard if event["detail-type"] == "OrderPlaced")
        assert placed["detail"]["old"] is None
        assert placed["detail"]["new"]["total"] == order.total.amount
        (fulfilled,) = (event for event in heard if event["detail-type"] == "OrderFulfilled")
        assert fulfilled["detail"]["old"]["status"] == "CONFIRMED"
        assert fulfilled["detail"]["new"]["status"] == "FULFILLED"
        assert "status" in fulfilled["detail"]["changed"]
        stock = [event["detail"]["new"] for event in recorder.events() if event["detail"].get("sku") == sku]
        assert {"received": 10, "available": 8, "held": 0, "shipped": 2}.items() <= stock[-1].items()


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
