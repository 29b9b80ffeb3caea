"""GET /admin/queues: every queue of the stage, and how many dead letters there are."""

from ordering.dead_letters.queues import dead_letter_outputs
from tests.support.deployed_queues import DeployedQueues
from tests.support.world import World


def test_every_dead_letter_queue_of_the_stage_is_listed(shop: World, queues: DeployedQueues) -> None:
    listed = shop.api("admin_list_queues", "GET /admin/queues")
    assert listed.status == 200
    names = [queue["name"] for queue in listed.body["queues"]]
    assert names == sorted(names)
    assert len(names) == len(dead_letter_outputs(queues.outputs)) > 15
    assert {"order", "events", "sweeps", "changes", "notifications", "uploads", "reports"} < set(names)


def test_a_queue_is_listed_with_its_messages_and_its_dead_letters(
    shop: World, queues: DeployedQueues
) -> None:
    queues.dead("o-1")
    queues.put("OrderQueueUrl", {"orderId": "o-2"})
    queues.put("OrderQueueUrl", {"orderId": "o-3"})
    found = {each["name"]: each for each in shop.api("admin_list_queues", "GET /admin/queues").body["queues"]}
    assert found["order"]["deadLetters"] == 1
    assert found["order"]["queue"] == {"waiting": 2, "inFlight": 0, "delayed": 0}
    assert found["notifications"]["deadLetters"] == 0


def test_letters_that_come_from_no_queue_have_none(shop: World, queues: DeployedQueues) -> None:
    found = {each["name"]: each for each in shop.api("admin_list_queues", "GET /admin/queues").body["queues"]}
    assert "queue" not in found["events"]
    assert "the next sweep" in found["sweeps"]["refusal"]
    assert "refusal" not in found["order"]
