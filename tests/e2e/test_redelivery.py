"""Guarantee 4: redelivery has no second effect, and messages that keep failing are dead-lettered."""

import json
import re

import pytest

from orders_client import OrderStatus
from tests.e2e.fault_injector import FaultInjector
from tests.e2e.ops_cli import ops
from tests.e2e.shop import Customer, Shop, body_only
from tests.e2e.waiting import until, until_none


@pytest.mark.parametrize("payment_token", ["tok_ok", "tok_declined", "tok_capture_refused"])
def test_driving_an_ended_order_again_changes_nothing(
    idle_shop: Shop, alice: Customer, payment_token: str
) -> None:
    order = alice.order(idle_shop.product(), payment_token=payment_token)
    idle_shop.settle()
    with idle_shop.tables.unchanged():
        for _ in range(3):
            idle_shop.messages.send("OrderQueueUrl", json.dumps({"orderId": order.order_id}))
        idle_shop.settle()


def test_an_order_with_several_messages_at_once_ends_once(shop: Shop, alice: Customer) -> None:
    sku = shop.product(units=5)
    placed = alice.place(sku, 2, payment_token="tok_flaky")
    for _ in range(3):
        shop.messages.send("OrderQueueUrl", json.dumps({"orderId": placed.order_id}))
    order = alice.wait_for_end(placed)
    assert [change.status for change in order.history] == ["PENDING", "CONFIRMED", "FULFILLED"]
    shop.settle()
    assert body_only(alice.client.get_order(placed.order_id)) == body_only(order)
    assert shop.available(sku) == 3


@pytest.mark.parametrize(
    "body",
    ['{"orderId":"67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc"}', '{"orderId":', '{"order":"1"}'],
    ids=["an order that does not exist", "not JSON", "no order id"],
)
def test_an_invalid_message_ends_in_the_dead_letter_queue(idle_shop: Shop, body: str) -> None:
    messages = idle_shop.messages
    with messages.dead_letter_after_one_receive("OrderQueueUrl"):
        messages.send("OrderQueueUrl", body)
        dead = until(
            "the message in the dead-letter queue", lambda: messages.receive("OrderDeadLetterQueueUrl")
        )
    assert dead == [body]
    until_none("message in the order queue", lambda: messages.message_count("OrderQueueUrl"))


def test_an_order_with_a_failing_step_is_redriven_by_the_operator(idle_shop: Shop, alice: Customer) -> None:
    """The pivot fails: the payment is captured, the shipment is booked, and the order cannot be completed."""
    shop, faults = idle_shop, FaultInjector(idle_shop.instance)
    sku = shop.product(units=5, price=1250)
    with faults.sweep_disabled():
        with faults.failing("complete_order"), shop.messages.dead_letter_after_one_receive("OrderQueueUrl"):
            placed = alice.place(sku, 2)
            until("the dead letter", lambda: shop.messages.message_count("OrderDeadLetterQueueUrl"))

        listed = ops(shop.instance, "dlq")
        assert listed.status == 0
        assert f"order {placed.order_id}, sent" in listed.text
        assert "cause: the order is CONFIRMED; its last error" in listed.text
        # With its policies evaluated, as on AWS, its role permits nothing on another table.
        assert re.search("AccessDeniedException|ResourceNotFoundException", listed.text)
        shown = ops(shop.instance, "show", placed.order_id).text
        assert "payment 1 CAPTURED: 25.00 EUR" in shown
        assert "shipment BOOKED" in shown
        assert alice.client.get_order(placed.order_id).status == OrderStatus.CONFIRMED

        refused = ops(shop.instance, "redrive", "--all")
        assert refused.status == 1
        assert "nothing was done" in refused.text
        redriven = ops(shop.instance, "redrive", "--order", placed.order_id, "--yes")
        assert redriven.status == 0, redriven.text
        assert "1 dead letter done, none left" in redriven.text
        order = alice.wait_for_end(placed)

    assert [change.status for change in order.history] == ["PENDING", "CONFIRMED", "FULFILLED"]
    (payment,) = (
        record
        for record in shop.tables.provider_records()
        if record.get("key", "").startswith(order.order_id)
    )
    assert (payment["captured"], payment["refunded"]) == (2500, 0)
    assert shop.available(sku) == 3
    assert shop.messages.message_count("OrderDeadLetterQueueUrl") == 0
    shop.check_guarantees()


def test_an_order_whose_workers_were_killed_ends_after_the_redelivery(
    idle_shop: Shop, alice: Customer
) -> None:
    """Workers are killed until the execution has no retries left: only the redelivery can end the order."""
    shop, faults = idle_shop, FaultInjector(idle_shop.instance)
    sku = shop.product(units=5)
    queue = "OrderQueueUrl"
    with faults.sweep_disabled(), faults.visibility_timeout(20, queue):
        placed = alice.place(sku, 2, payment_token="tok_flaky")
        until("the stock to be held", lambda: "RESERVATION" in shop.tables.of_order(placed.order_id))
        with faults.event_source_disabled("drive_order"):
            assert faults.kill_workers()

            def is_visible_again() -> bool:
                faults.kill_workers()
                return faults.visible_messages(queue) == 1

            until("the message to be visible again", is_visible_again)
            assert shop.tables.of_order(placed.order_id)["ORDER"]["status"] == OrderStatus.PENDING
        order = alice.wait_for_end(placed)

    assert [change.status for change in order.history] == ["PENDING", "CONFIRMED", "FULFILLED"]
    assert shop.available(sku) == 3
    shop.settle()
    assert re.search(r"driven .*\breceives=[2-8]\b", ops(shop.instance, "show", order.order_id).text)
    shop.check_guarantees()
