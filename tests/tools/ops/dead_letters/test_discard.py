"""`discard` deletes only dead letters that nothing depends on."""

import pytest

from tests.support.orders import an_order
from tests.support.recorded import placed_order_image, stream_event
from tests.tools.ops.deployed import BUCKET, Deployed

DEAD = "OrderDeadLetterQueueUrl"


@pytest.mark.parametrize("body", [{"orderId": "nobody-s"}, {"order": "1"}, "no JSON"])
def test_message_that_names_no_order_is_discarded(deployed: Deployed, body: object) -> None:
    deployed.put(DEAD, body)
    ran = deployed.ops("discard", "--queue", "order", "--all", "--yes")
    assert ran.status == 0
    assert "discarded: " in ran.out
    assert deployed.in_queue(DEAD) == []


def test_message_of_an_ended_order_is_discarded(deployed: Deployed) -> None:
    deployed.dead(an_order(deployed.world, "fulfilled"))
    ran = deployed.ops("discard", "--queue", "order", "--all", "--yes")
    assert "discarded: the order is FULFILLED" in ran.out
    assert deployed.in_queue(DEAD) == []


@pytest.mark.parametrize("queue", ["order", "events"])
def test_message_of_an_open_order_is_kept(deployed: Deployed, queue: str) -> None:
    output = {"order": DEAD, "events": "UndeliveredEventsQueueUrl"}[queue]
    deployed.put(output, {"orderId": an_order(deployed.world)})
    ran = deployed.ops("discard", "--queue", queue, "--all", "--yes")
    assert ran.status == 3
    assert "the order is PENDING and has not ended; `redrive` it" in ran.out
    assert len(deployed.in_queue(output)) == 1


def test_only_the_named_message_is_discarded(deployed: Deployed) -> None:
    first, second = deployed.dead("nobody-s"), deployed.dead("nobody-else-s")
    assert deployed.ops("discard", "--queue", "order", "--message", first, "--yes").status == 0
    assert deployed.in_queue(DEAD) == [{"orderId": "nobody-else-s"}]
    assert second


def test_missed_sweeps_are_discarded(deployed: Deployed) -> None:
    deployed.put("MissedSweepsQueueUrl", "{}")
    ran = deployed.ops("discard", "--queue", "sweeps", "--all", "--yes")
    assert ran.status == 0
    assert "the next sweep does its work" in ran.out
    assert deployed.in_queue("MissedSweepsQueueUrl") == []


def test_change_that_can_be_published_is_kept(deployed: Deployed) -> None:
    (record,) = stream_event((None, placed_order_image()))["Records"]
    deployed.put("ParkedChangesQueueUrl", {"cause": "whatever", "record": record})
    ran = deployed.ops("discard", "--queue", "changes", "--all", "--yes")
    assert ran.status == 3
    assert "it can be published now; `redrive` it" in ran.out


def test_discarding_an_unreadable_change_names_its_lost_event(deployed: Deployed) -> None:
    (record,) = stream_event((None, placed_order_image() | {"status": {"S": "LOST"}}))["Records"]
    deployed.put("ParkedChangesQueueUrl", {"cause": "whatever", "record": record})
    ran = deployed.ops("discard", "--queue", "changes", "--all", "--yes")
    assert ran.status == 0
    assert "its event is never published" in ran.out
    assert deployed.in_queue("ParkedChangesQueueUrl") == []


def test_object_that_is_no_batch_is_discarded(deployed: Deployed) -> None:
    deployed.s3.put_object(Bucket=BUCKET, Key="not-a-batch", Body=b"{}")
    assert deployed.ops("discard", "--queue", "undelivered-changes", "--all", "--yes").status == 0
    assert deployed.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


def test_it_asks_first(deployed: Deployed) -> None:
    deployed.dead("nobody-s")
    ran = deployed.ops("discard", "--queue", "order", "--all")
    assert ran.status == 1
    assert "→ discarded: the order does not exist" in ran.out
    assert len(deployed.in_queue(DEAD)) == 1
