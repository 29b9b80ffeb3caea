"""GET /admin/orders/{orderId}: the order with its stock, payments, refund, events and mails."""

import json

import pytest

from ordering.domain.clock import now
from ordering.domain.events.envelope import opaque_id
from ordering.domain.order import OrderFault
from ordering.repositories.keys import event_keys, order_keys
from tests.support.mail_records import claimed, last_event, mailed
from tests.support.orders import an_order, cancel_to_the_end, follow, overwrite, request_refund
from tests.support.world import ADDRESS, HandlerResponse, World


def read(world: World, order_id: str) -> HandlerResponse:
    return world.api("admin_get_order", "GET /admin/orders/{orderId}", path={"orderId": order_id})


def test_reservation_shows_the_units_and_what_became_of_them(world: World) -> None:
    held = read(world, an_order(world, "reserved")).body["reservation"]
    assert (held["status"], held["lines"]) == ("HELD", [{"sku": "MUG-RED", "quantity": 2}])
    assert read(world, an_order(world, "fulfilled")).body["reservation"]["status"] == "COMMITTED"


def test_order_without_stock_payment_and_refund_has_none_of_them(world: World) -> None:
    body = read(world, an_order(world)).body
    assert {"reservation", "payments", "refund", "mails"} & body.keys() == set()
    assert [event["type"] for event in body["events"]] == ["OrderPlaced"]


@pytest.mark.slow
def test_every_payment_attempt_is_listed(world: World) -> None:
    order_id = an_order(world, "confirmed", token="tok_capture_refused")
    follow(world, order_id, "capture_payment", "reauthorise_payment")
    payments = read(world, order_id).body["payments"]
    assert [(each["attempt"], each["status"]) for each in payments] == [
        (1, "VOIDED"),
        (2, "AUTHORISED"),
    ]


def test_refund_of_a_fulfilled_order_is_shown(world: World) -> None:
    order_id = an_order(world, "fulfilled")
    assert request_refund(world, order_id)
    refund = read(world, order_id).body["refund"]
    assert (refund["status"], refund["amount"]) == ("REQUESTED", {"amount": 2500, "currency": "EUR"})


def test_events_are_those_that_follow_from_what_is_stored(world: World) -> None:
    order_id = an_order(world, "fulfilled")
    events = read(world, order_id).body["events"]
    assert [each["type"] for each in events if each["type"].startswith("Order")] == [
        "OrderPlaced",
        "OrderConfirmed",
        "OrderFulfilled",
    ]
    assert {"PaymentCaptured", "ShipmentDispatched"} <= {each["type"] for each in events}
    assert [each["at"] for each in events] == sorted(each["at"] for each in events)
    assert events[0]["id"] == opaque_id(f"ORDER#{order_id}/ORDER#1#OrderPlaced")


@pytest.mark.slow
def test_events_have_the_ids_under_which_they_are_published(world: World) -> None:
    order_id = an_order(world, "confirmed")
    cancel_to_the_end(world, order_id)
    shown = {each["type"]: each["id"] for each in read(world, order_id).body["events"]}
    for sort_key in (order_keys.ORDER, order_keys.RESERVATION):
        event = last_event(world, order_id, sort_key)
        assert shown[event.type] == opaque_id(event_keys.change(event))


def test_mail_is_shown_with_its_outcome(world: World) -> None:
    order_id = an_order(world, "confirmed")
    event = last_event(world, order_id)
    at = mailed(world, event, "SENT")
    (mail,) = read(world, order_id).body["mails"]
    assert mail == {
        "eventId": opaque_id(event_keys.change(event)),
        "eventType": "OrderConfirmed",
        "outcome": "SENT",
        "at": at,
    }


@pytest.mark.slow
def test_mail_about_the_refund_is_shown(world: World) -> None:
    order_id = an_order(world, "fulfilled")
    assert request_refund(world, order_id)
    mailed(world, last_event(world, order_id, order_keys.REFUND), "NO_PROFILE")
    (mail,) = read(world, order_id).body["mails"]
    assert (mail["eventType"], mail["outcome"]) == ("OrderRefundRequested", "NO_PROFILE")


def test_mail_that_failed_shows_its_cause_without_private_data(world: World) -> None:
    order_id = an_order(world, "confirmed")
    records, claim = claimed(world, last_event(world, order_id))
    private = f"no mail to {ADDRESS['name']}, ada@example.com"
    records.release(claim, OrderFault(at=now(), cause=private))
    answer = read(world, order_id)
    (mail,) = answer.body["mails"]
    assert mail["outcome"].startswith("failed: no mail to")
    assert [each for each in (ADDRESS["name"], "ada@example.com") if each in json.dumps(answer.body)] == []


@pytest.mark.slow
def test_unreadable_record_of_a_mail_hides_neither_the_order_nor_the_other_mails(world: World) -> None:
    order_id = an_order(world, "fulfilled")
    mailed(world, last_event(world, order_id), "SENT")
    key = event_keys.consumed(
        "notify_customer", f"ORDER#{order_id}/ORDER", f"ORDER#{order_id}/ORDER#2#OrderConfirmed"
    )
    overwrite(world, key, fault="not a fault")
    mails = read(world, order_id).body["mails"]
    assert [each["eventType"] for each in mails] == ["OrderFulfilled", "OrderConfirmed"]
    assert "cannot be read" in mails[1]["outcome"]
    assert "at" not in mails[1]
