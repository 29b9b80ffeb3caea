"""What the event bus tells of an order: every change once or more, under an id that names it, and nothing
that is nobody else's business."""

import json

import msgspec

from tests.e2e.shop import ADDRESS, Customer, Shop
from tests.e2e.waiting import until


def _expected(order_id: str) -> set[str]:
    """The ids of all that is told of an order that is fulfilled."""
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


def test_every_change_of_an_order_is_told_under_its_own_id(shop: Shop, alice: Customer) -> None:
    sku = shop.product()
    with shop.messages.listening() as listener:
        order = alice.order(sku, 2)
        expected = _expected(order.order_id)

        def ids() -> set[str]:
            return {event["detail"]["eventId"] for event in listener.heard_of(order.order_id)}

        until(f"the events {sorted(expected)}", lambda: expected <= ids())
        heard = listener.heard_of(order.order_id)
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
        stock = [event["detail"]["new"] for event in listener.heard() if event["detail"].get("sku") == sku]
        assert {"received": 10, "available": 8, "held": 0, "shipped": 2}.items() <= stock[-1].items()


def test_no_event_holds_a_payment_token_or_an_address_of_any_kind(shop: Shop, alice: Customer) -> None:
    sku = shop.product()
    secret = "tok_0f9b1c7e55a24d1f"
    alice.client.put_profile(alice.email, address=ADDRESS)
    with shop.messages.listening() as listener:
        refused = alice.order(sku, payment_token=secret)
        sent = alice.order(sku)

        def ends() -> set[str]:
            kinds = {f"{event['detail'].get('orderId')} {event['detail-type']}" for event in listener.heard()}
            return kinds & {f"{refused.order_id} OrderRejected", f"{sent.order_id} OrderFulfilled"}

        until("both orders' ends to be told", lambda: len(ends()) == 2)
        told = json.dumps(listener.heard())
    assert alice.email not in told
    for private in (secret, *msgspec.structs.astuple(ADDRESS)):
        assert json.dumps(private) not in told
