"""Redriving changes: events that were never published are published under the id they would have had."""

import json
from typing import Any

import pytest

from ordering.aws.event_bus import EventBus, PublishResult
from ordering.domain.events.envelope import opaque_id
from tests.support.environment import ACCOUNT, REGION
from tests.support.recorded import placed_order_image, stream_event
from tests.tools.ops.deployed import BUCKET, BUS, Deployed


def _heard(deployed: Deployed) -> Any:
    """Sends every event that is published from now on to a queue; returns how to read their ids."""
    url = deployed.sqs.create_queue(QueueName="heard")["QueueUrl"]
    deployed.events.put_rule(Name="all", EventBusName=BUS, EventPattern='{"source": ["orders"]}')
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:heard"
    deployed.events.put_targets(Rule="all", EventBusName=BUS, Targets=[{"Id": "1", "Arn": arn}])
    deployed.outputs["Heard"] = url
    return lambda: sorted(event["detail"]["id"] for event in deployed.in_queue("Heard"))


def _parked(deployed: Deployed, *changes: tuple[Any, Any]) -> None:
    for record in stream_event(*changes)["Records"]:
        deployed.put("ParkedChangesQueueUrl", {"cause": "ValueError: whatever", "record": record})


def test_a_parked_change_is_published_under_the_id_it_would_have_had(deployed: Deployed) -> None:
    heard = _heard(deployed)
    image = placed_order_image()
    _parked(deployed, (None, image))
    event_id = opaque_id(f"{image['PK']['S']}/ORDER#1#OrderPlaced")
    ran = deployed.ops("redrive", "--queue", "changes", "--all", "--yes")
    assert ran.status == 0
    assert f"publishes OrderPlaced {event_id}" in ran.out
    assert heard() == [event_id]
    assert deployed.in_queue("ParkedChangesQueueUrl") == []


def test_change_that_is_still_unreadable_stays_and_shows_no_secret(deployed: Deployed) -> None:
    heard = _heard(deployed)
    lost = placed_order_image() | {"status": {"S": "tok_secret"}, "paymentToken": {"S": "tok_secret"}}
    _parked(deployed, (None, lost))
    ran = deployed.ops("redrive", "--queue", "changes", "--all", "--yes")
    assert ran.status == 3
    assert "this release cannot read it either (MalformedChange" in ran.out
    assert "tok_secret" not in ran.out
    assert heard() == []
    assert len(deployed.in_queue("ParkedChangesQueueUrl")) == 1


def test_change_without_an_event_is_removed(deployed: Deployed) -> None:
    image = placed_order_image()
    _parked(deployed, (image, image))
    assert (
        "removes it: no event is published for this change"
        in deployed.ops("redrive", "--queue", "changes", "--all", "--yes").out
    )
    assert deployed.in_queue("ParkedChangesQueueUrl") == []


def test_a_change_that_the_bus_refuses_stays(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EventBus, "publish", lambda bus, events: PublishResult([], 0))
    _parked(deployed, (None, placed_order_image()))
    ran = deployed.ops("redrive", "--queue", "changes", "--all", "--yes")
    assert ran.status == 3
    assert "the event bus refused it; try again" in ran.out
    assert len(deployed.in_queue("ParkedChangesQueueUrl")) == 1


def _given_up(deployed: Deployed, *changes: tuple[Any, Any]) -> None:
    batch = {
        "requestContext": {"condition": "RecordAgeExceeded"},
        "payload": json.dumps(stream_event(*changes)),
    }
    deployed.s3.put_object(Bucket=BUCKET, Key="batch", Body=json.dumps(batch))


def _objects(deployed: Deployed) -> int:
    return deployed.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"]


def test_undelivered_batch_is_published_completely(deployed: Deployed) -> None:
    heard = _heard(deployed)
    placed = placed_order_image()
    other = placed | {"PK": {"S": "ORDER#other"}}
    _given_up(deployed, (None, placed), (None, other), (placed, placed))
    ran = deployed.ops("redrive", "--queue", "undelivered-changes", "--all", "--yes")
    assert ran.status == 0
    assert "publishes 2 events" in ran.out
    assert heard() == sorted(
        map(opaque_id, [f"{placed['PK']['S']}/ORDER#1#OrderPlaced", "ORDER#other/ORDER#1#OrderPlaced"])
    )
    assert _objects(deployed) == 0


def test_batch_with_an_unreadable_change_is_published_and_stays(deployed: Deployed) -> None:
    heard = _heard(deployed)
    placed = placed_order_image()
    lost = placed | {"PK": {"S": "ORDER#lost"}, "status": {"S": "LOST"}}
    _given_up(deployed, (None, placed), (None, lost))
    ran = deployed.ops("redrive", "--queue", "undelivered-changes", "--all", "--yes")
    assert ran.status == 3
    assert "except for ORDER#lost/ORDER" in ran.out
    assert heard() == [opaque_id(f"{placed['PK']['S']}/ORDER#1#OrderPlaced")]
    assert _objects(deployed) == 1
