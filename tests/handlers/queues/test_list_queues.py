"""GET /admin/queues: every queue of the stage, and how many dead letters there are."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ordering.dead_letters.deployed import DeployedStage
from ordering.dead_letters.queues import dead_letter_outputs
from ordering.domain.refusal import CommandRefused
from tests.support.aws_calls import AwsCalls, Send
from tests.support.client_calls import Parameters
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


@pytest.mark.parametrize(
    "code", ["AccessDenied", "AccessDeniedException", "AWS.SimpleQueueService.NonExistentQueue"]
)
def test_a_queue_that_cannot_be_read_does_not_hide_the_others(
    shop: World, queues: DeployedQueues, calls: AwsCalls, code: str
) -> None:
    """ "Common Error Types", "GetQueueAttributes" (Amazon SQS API Reference)."""

    def refuse(parameters: Parameters, send: Send) -> Any:
        if parameters["QueueUrl"] != queues.outputs["OrderQueueUrl"]:
            return send()
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetQueueAttributes")

    calls.always("GetQueueAttributes", refuse)
    listed = shop.api("admin_list_queues", "GET /admin/queues")
    assert listed.status == 200
    assert listed.body["unreadable"] == [
        {"name": "order", "problem": f"it cannot be read ({code}): deploy orders-test-admin again"}
    ]
    names = {queue["name"] for queue in listed.body["queues"]}
    assert "order" not in names
    assert len(names) == len(dead_letter_outputs(queues.outputs)) - 1


def test_a_stage_without_a_parameter_is_reported_and_not_shown_in_part(
    shop: World, queues: DeployedQueues
) -> None:
    """ "GetParameters", InvalidParameters (AWS Systems Manager API Reference)."""
    queues.forget("media")
    with pytest.raises(CommandRefused, match="there is no parameter /orders/dev/outputs/media; deploy"):
        _ = DeployedStage(shop.table).outputs


def test_letters_that_come_from_no_queue_have_none(shop: World, queues: DeployedQueues) -> None:
    found = {each["name"]: each for each in shop.api("admin_list_queues", "GET /admin/queues").body["queues"]}
    assert "queue" not in found["events"]
    assert "the next sweep" in found["sweeps"]["refusal"]
    assert "refusal" not in found["order"]
