"""The order queue delivers at least once: what comes again does no harm, what never works is put aside."""

import json
import re

import pytest

from orders_client import OrderStatus
from tests.e2e.breaking import FaultInjector
from tests.e2e.operating import ops
from tests.e2e.shop import Customer, Shop, bare
from tests.e2e.waiting import until, until_none
from tests.support.invariants import check


@pytest.mark.parametrize("payment_token", ["tok_ok", "tok_declined", "tok_capture_refused"])
def test_an_order_that_is_driven_again_stays_as_it_ended(
    quiet_shop: Shop, alice: Customer, payment_token: str
) -> None:
    order = alice.order(quiet_shop.product(), payment_token=payment_token)
    quiet_shop.settle()
    with quiet_shop.tables.unchanged():
        for _ in range(3):
            quiet_shop.messages.send("OrderQueueUrl", json.dumps({"orderId": order.order_id}))
        quiet_shop.settle()


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


def test_an_order_that_a_broken_step_holds_up_is_found_and_driven_on_with_the_operator_s_tool(
    quiet_shop: Shop, alice: Customer
) -> None:
    """The pivot is broken: the money is captured, the parcel booked, and the order cannot be completed."""
    shop, saboteur = quiet_shop, FaultInjector(quiet_shop.instance)
    sku = shop.product(units=5, price=1250)
    with saboteur.no_sweep():
        with saboteur.broken("complete_order"), shop.messages.impatient("OrderQueueUrl"):
            placed = alice.place(sku, 2)
            until("the dead letter", lambda: shop.messages.in_queue("OrderDeadLetterQueueUrl"))

        listed = ops(shop.instance, "dlq")
        assert listed.status == 0
        assert f"order {placed.order_id}, sent" in listed.text
        assert "cause: the order is CONFIRMED; its last error" in listed.text
        assert "ResourceNotFoundException" in listed.text
        story = ops(shop.instance, "show", placed.order_id).text
        assert "payment 1 CAPTURED: 25.00 EUR" in story
        assert "shipment BOOKED" in story
        assert alice.client.get_order(placed.order_id).status == OrderStatus.CONFIRMED

        refused = ops(shop.instance, "redrive", "--all")
        assert refused.status == 1
        assert "nothing was done" in refused.text
        redriven = ops(shop.instance, "redrive", "--order", placed.order_id, "--yes")
        assert redriven.status == 0, redriven.text
        assert "1 dead letter done, none left" in redriven.text
        order = alice.end_of(placed)

    assert [change.status for change in order.history] == ["PENDING", "CONFIRMED", "FULFILLED"]
    (page,) = (page for page in shop.tables.pages() if page.get("key", "").startswith(order.order_id))
    assert (page["captured"], page["refunded"]) == (2500, 0)
    assert shop.available(sku) == 3
    assert shop.messages.in_queue("OrderDeadLetterQueueUrl") == 0
    check(shop.tables)


def test_an_order_whose_workers_were_all_killed_half_way_ends_when_its_message_comes_back(
    quiet_shop: Shop, alice: Customer
) -> None:
    """No worker lives until the execution has spent its retries: only the message is left to save it."""
    shop, saboteur = quiet_shop, FaultInjector(quiet_shop.instance)
    sku = shop.product(units=5)
    queue = "OrderQueueUrl"
    with saboteur.no_sweep(), saboteur.coming_back_after(20, queue):
        placed = alice.place(sku, 2, payment_token="tok_flaky")
        until("the stock to be held", lambda: "RESERVATION" in shop.tables.of_order(placed.order_id))
        with saboteur.nobody_receives("drive_order"):
            assert saboteur.kill_workers()

            def is_back() -> bool:
                saboteur.kill_workers()
                return saboteur.waiting_in(queue) == 1

            until("the message to come back", is_back)
            assert shop.tables.of_order(placed.order_id)["ORDER"]["status"] == OrderStatus.PENDING
        order = alice.end_of(placed)

    assert [change.status for change in order.history] == ["PENDING", "CONFIRMED", "FULFILLED"]
    assert shop.available(sku) == 3
    shop.settle()
    assert re.search(r"driven .*\breceives=[2-8]\b", ops(shop.instance, "show", order.order_id).text)
    check(shop.tables)
