"""GET /admin/queues/{queue}/dead-letters: letters with their causes, which stay in their queue."""

from typing import Any

import pytest

from tests.support.deployed_queues import DeployedQueues
from tests.support.orders import an_order
from tests.support.world import HandlerResponse, World

ROUTE = "GET /admin/queues/{queue}/dead-letters"


def listed(shop: World, queue: str = "order", **query: str) -> HandlerResponse:
    return shop.api("admin_list_dead_letters", ROUTE, path={"queue": queue}, query=query)


def test_a_letter_has_its_cause_its_order_and_what_a_redrive_would_do(
    shop: World, queues: DeployedQueues
) -> None:
    order_id = an_order(shop)
    letter = queues.dead(order_id)
    found = listed(shop)
    assert found.status == 200
    (view,) = found.body["letters"]
    assert view["id"] == letter
    assert (view["orderId"], view["about"]) == (order_id, f"order {order_id}")
    assert view["cause"] == "the order is PENDING"
    assert (view["redrivable"], view["plan"]) == (True, "sends it to the order queue (PENDING)")
    assert found.body["more"] is False


def test_a_letter_that_cannot_be_redriven_says_why(shop: World, queues: DeployedQueues) -> None:
    queues.dead("nobody-s")
    (view,) = listed(shop).body["letters"]
    assert view["redrivable"] is False
    assert view["plan"] == "the order does not exist; `discard` it"
    assert "orderId" not in view, "it is no order's id"


def test_listed_letters_stay_and_are_visible_at_once(shop: World, queues: DeployedQueues) -> None:
    queues.dead(an_order(shop))
    for _ in range(3):
        assert len(listed(shop).body["letters"]) == 1
    assert len(queues.bodies("OrderDeadLetterQueueUrl")) == 1


def test_a_page_is_bounded_and_says_that_there_is_more(shop: World, queues: DeployedQueues) -> None:
    for number in range(12):
        queues.dead(f"o-{number}")
    assert len(listed(shop, limit="5").body["letters"]) == 5
    assert listed(shop, limit="5").body["more"] is True
    assert listed(shop, limit="12").body["more"] is False
    assert len(queues.bodies("OrderDeadLetterQueueUrl")) == 12


def test_no_letter_shows_private_data(shop: World, queues: DeployedQueues) -> None:
    body: Any = {"email": "ada@example.com", "address": {"line1": "12 St James's Square"}}
    queues.put("OrderDeadLetterQueueUrl", body)
    queues.put("UndeliveredEventsQueueUrl", body, ERROR_CODE="NO", ERROR_MESSAGE="to ada@example.com")
    for queue in ("order", "events"):
        text = str(listed(shop, queue).body)
        assert "ada@example.com" not in text
        assert "St James" not in text


@pytest.mark.parametrize("queue", ["nothing", "order ", "Order", "x" * 300])
def test_an_unknown_queue_is_not_found(shop: World, queues: DeployedQueues, queue: str) -> None:
    refused = listed(shop, queue)
    assert (refused.status, refused.body["type"]) == (404, "urn:problem-type:queue-not-found")


@pytest.mark.parametrize("limit", ["0", "101", "many"])
def test_an_invalid_limit_is_refused(shop: World, queues: DeployedQueues, limit: str) -> None:
    assert listed(shop, limit=limit).body["type"] == "urn:problem-type:invalid-parameter"


def test_every_queue_of_the_stage_can_be_listed(shop: World, queues: DeployedQueues) -> None:
    for queue in shop.api("admin_list_queues", "GET /admin/queues").body["queues"]:
        assert listed(shop, queue["name"]).body == {"letters": [], "more": False}, queue
