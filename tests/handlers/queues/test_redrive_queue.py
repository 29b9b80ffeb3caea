"""POST /admin/queues/{queue}/redrive: letters are sent to their original destinations, and none is lost."""

from contextlib import suppress
from typing import Any

import pytest

from ordering.dead_letters.redriving import MOST_REDRIVEN
from ordering.repositories.audit_trail import RedriveTrail
from tests.support.aws_calls import AwsCalls, Send, fails
from tests.support.client_calls import Parameters
from tests.support.deployed_queues import DeployedQueues
from tests.support.faults import ProcessLost
from tests.support.orders import an_order
from tests.support.world import HandlerResponse, World

ROUTE = "POST /admin/queues/{queue}/redrive"
DEAD = "OrderDeadLetterQueueUrl"


def redriven(shop: World, queue: str = "order", subject: str = "operator") -> HandlerResponse:
    return shop.api("admin_redrive_queue", ROUTE, path={"queue": queue}, subject=subject)


def test_a_letter_goes_where_it_should_have_gone(shop: World, queues: DeployedQueues) -> None:
    order_id = an_order(shop)
    queues.dead(order_id)
    answer = redriven(shop)
    assert answer.status == 200
    assert answer.body == {"redriven": 1, "kept": [], "left": 0}
    assert queues.bodies("OrderQueueUrl") == [{"orderId": order_id}]
    assert queues.bodies(DEAD) == []


def test_a_letter_that_cannot_be_sent_stays_with_its_reason(shop: World, queues: DeployedQueues) -> None:
    letter = queues.dead("nobody-s")
    queues.dead(an_order(shop))
    answer = redriven(shop)
    assert (answer.body["redriven"], answer.body["left"]) == (1, 1)
    reason = "the order does not exist; `discard` it"
    assert answer.body["kept"] == [{"id": letter, "about": "order nobody-s", "reason": reason}]
    assert queues.bodies(DEAD) == [{"orderId": "nobody-s"}], "and it is visible at once"


def test_a_request_handles_a_bounded_number_and_says_how_many_are_left(
    shop: World, queues: DeployedQueues
) -> None:
    order_id = an_order(shop)
    for _ in range(MOST_REDRIVEN + 3):
        queues.dead(order_id)
    answer = redriven(shop)
    assert (answer.body["redriven"], answer.body["left"]) == (MOST_REDRIVEN, 3)
    assert redriven(shop).body == {"redriven": 3, "kept": [], "left": 0}
    assert redriven(shop).body == {"redriven": 0, "kept": [], "left": 0}


def test_who_has_redriven_which_queue_is_recorded(shop: World, queues: DeployedQueues) -> None:
    queues.dead(an_order(shop))
    queues.dead("nobody-s")
    redriven(shop, subject="grace")
    (record,) = RedriveTrail(shop.table).of_queue("order")
    assert (record.by, record.queue, record.redriven, record.kept) == ("grace", "order", 1, 1)


def test_an_unknown_queue_is_not_found_and_nothing_is_recorded(shop: World, queues: DeployedQueues) -> None:
    refused = redriven(shop, "nothing")
    assert (refused.status, refused.body["type"]) == (404, "urn:problem-type:queue-not-found")
    assert RedriveTrail(shop.table).of_queue("nothing") == []


def test_missed_sweeps_stay(shop: World, queues: DeployedQueues) -> None:
    queues.put("MissedSweepsQueueUrl", "{}")
    answer = redriven(shop, "sweeps")
    assert (answer.body["redriven"], answer.body["left"]) == (0, 1)
    assert "the next sweep does its work" in answer.body["kept"][0]["reason"]


CALLS_OF_A_REDRIVE = 11
"""How many calls a redrive of one letter makes. A fault is injected at each of them."""


def test_a_redrive_makes_the_calls_that_are_tried(
    shop: World, queues: DeployedQueues, calls: AwsCalls
) -> None:
    queues.dead(an_order(shop))
    before = calls.count
    assert redriven(shop).body["redriven"] == 1
    assert calls.count - before == CALLS_OF_A_REDRIVE


def die(parameters: Parameters, send: Send) -> Any:
    raise ProcessLost


def die_after(parameters: Parameters, send: Send) -> Any:
    send()
    raise ProcessLost


@pytest.mark.parametrize("fault", [die, die_after, fails("InternalError")], ids=["before", "after", "fails"])
@pytest.mark.parametrize("number", range(1, CALLS_OF_A_REDRIVE + 1))
def test_no_call_that_fails_loses_a_letter_and_another_request_sends_it(
    shop: World, queues: DeployedQueues, calls: AwsCalls, number: int, fault: Any
) -> None:
    """At worst the letter is sent twice, which every consumer accepts."""
    order_id = an_order(shop)
    queues.dead(order_id)
    calls.at(number, fault)
    with suppress(ProcessLost):
        redriven(shop)
    assert calls.fired(), f"there is no call {number}"
    everywhere = queues.bodies(DEAD) + queues.bodies("OrderQueueUrl")
    hidden = queues.sqs.get_queue_attributes(
        QueueUrl=queues.outputs[DEAD], AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
    )["Attributes"]["ApproximateNumberOfMessagesNotVisible"]
    assert everywhere or int(hidden), "the letter is lost"
    if everywhere:
        redriven(shop)
        sent = queues.bodies("OrderQueueUrl")
        assert sent in ([{"orderId": order_id}], [{"orderId": order_id}] * 2)
        assert queues.bodies(DEAD) == []
