"""Operators list dead letters and redrive them, through the API."""

import json
from uuid import uuid4

import pytest

from orders_client import NotFound, OrderStatus
from tests.e2e.fault_injector import FaultInjector
from tests.e2e.shop import Customer, Shop
from tests.e2e.waiting import until


def test_an_order_that_was_given_up_is_redriven_through_the_api(idle_shop: Shop, alice: Customer) -> None:
    shop, faults = idle_shop, FaultInjector(idle_shop.instance)
    operator = shop.administrator
    sku = shop.product(units=5)
    with faults.sweep_disabled():
        with faults.failing("complete_order"), shop.messages.dead_letter_after_one_receive("OrderQueueUrl"):
            placed = alice.place(sku, 2)
            until("the dead letter", lambda: shop.messages.message_count("OrderDeadLetterQueueUrl"))
        queues = {queue.name: queue for queue in operator.admin_list_queues().queues}
        assert queues["order"].dead_letters == 1
        (letter,) = operator.admin_list_dead_letters("order").letters
        assert letter.order_id == placed.order_id
        assert letter.redrivable
        assert "CONFIRMED" in letter.cause
        redriven = operator.admin_redrive_queue("order")
        assert (redriven.redriven, redriven.kept, redriven.left) == (1, (), 0)
        assert alice.wait_for_end(placed).status is OrderStatus.FULFILLED
    assert shop.available(sku) == 3


def test_letters_that_cannot_be_sent_stay_and_an_unknown_queue_is_not_found(idle_shop: Shop) -> None:
    operator = idle_shop.administrator
    body = json.dumps({"orderId": str(uuid4())})
    idle_shop.messages.send("OrderDeadLetterQueueUrl", body)
    redriven = operator.admin_redrive_queue("order")
    assert (redriven.redriven, redriven.left) == (0, 1)
    assert [kept.reason for kept in redriven.kept] == ["the order does not exist; `discard` it"]
    assert idle_shop.messages.receive("OrderDeadLetterQueueUrl") == [body]
    with pytest.raises(NotFound):
        operator.admin_list_dead_letters("nothing")


def test_every_queue_of_the_stage_can_be_read(idle_shop: Shop) -> None:
    queues = idle_shop.administrator.admin_list_queues().queues
    assert len(queues) > 10
    for queue in queues:
        assert not idle_shop.administrator.admin_list_dead_letters(queue.name, limit=1).letters, queue
