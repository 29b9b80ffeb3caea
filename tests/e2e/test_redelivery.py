"""The order queue delivers at least once: what comes again does no harm, what never works is put aside."""

import json

import pytest

from tests.e2e.shop import Customer, Shop, bare
from tests.e2e.waiting import until, until_none


@pytest.mark.parametrize("payment_token", ["tok_ok", "tok_declined", "tok_capture_refused"])
def test_an_order_that_is_driven_again_stays_as_it_ended(
    quiet_shop: Shop, alice: Customer, payment_token: str
) -> None:
    order = alice.order(quiet_shop.product(), payment_token=payment_token)
    quiet_shop.settle()
    before = quiet_shop.tables.everything()
    for _ in range(3):
        quiet_shop.messages.send("OrderQueueUrl", json.dumps({"orderId": order.order_id}))
    quiet_shop.settle()
    assert quiet_shop.tables.everything() == before


def test_an_order_that_is_driven_twice_at_once_ends_once(shop: Shop, alice: Customer) -> None:
    sku = shop.product(units=5)
    placed = alice.place(sku, 2, payment_token="tok_flaky")
    for _ in range(3):
        shop.messages.send("OrderQueueUrl", json.dumps({"orderId": placed.order_id}))
    order = alice.end_of(placed)
    assert [change.status for change in order.history] == ["PENDING", "CONFIRMED", "FULFILLED"]
    shop.settle()
    assert bare(alice.client.get_order(placed.order_id)) == bare(order)
    assert shop.available(sku) == 3


@pytest.mark.parametrize(
    "body",
    ['{"orderId":"67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc"}', '{"orderId":', '{"order":"1"}'],
    ids=["an order that does not exist", "no JSON", "no order"],
)
def test_a_message_that_cannot_be_driven_ends_in_the_dead_letter_queue(quiet_shop: Shop, body: str) -> None:
    messages = quiet_shop.messages
    with messages.impatient("OrderQueueUrl"):
        messages.send("OrderQueueUrl", body)
        dead = until("the message in the dead-letter queue", lambda: messages.take("OrderDeadLetterQueueUrl"))
    assert dead == [body]
    until_none("message in the order queue", lambda: messages.in_queue("OrderQueueUrl"))
