"""The records of processed events: one partition for each item, and the records of earlier releases.

Earlier releases kept all records of a consumer in one partition, which is limited to 1,000 writes a second.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ordering.domain.clock import ago, as_text, now
from ordering.domain.events.earlier_release import encode
from ordering.domain.events.envelope import Event
from ordering.domain.order import OrderId, Status, fault_of
from ordering.repositories.keys import event_keys
from ordering.repositories.processed_events import Claim, ClaimRefusal, ProcessedEvents
from ordering.repositories.stream import event_of_images
from tests.support.aws_calls import AwsCalls
from tests.support.builders import image, order
from tests.support.orders import an_order
from tests.support.recorded import queue_event, recorded
from tests.support.ses import prove_sender, sent
from tests.support.world import ADDRESS, World, invoke

NAME = "notify_customer"


def event_of(order_id: str, version: int = 3, status: Status = Status.FULFILLED, **facts: Any) -> Event:
    changed = replace(order(status, version=version), order_id=OrderId(order_id), updated_at=now())
    event = event_of_images(None, image(changed))
    assert event
    return replace(event, **facts)


@pytest.fixture
def consumer(world: World) -> ProcessedEvents:
    return ProcessedEvents(world.table, NAME)


def earlier_release_records(world: World, event: Event, **facts: Any) -> None:
    """Write a record as the previous release did."""
    key = {"PK": "CONSUMER#notify_customer", "SK": event_keys.change(event)}
    item: Mapping[str, Any] = {**key, "schemaVersion": 1, "version": 2, **facts}
    world.table.put(item, condition="attribute_not_exists(PK)")


def handled(event: Event) -> dict[str, Any]:
    return {"handledAt": now(), "outcome": "SENT", "eventVersion": event.sequence}


# -- spread --------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_consumer_records_of_two_orders_have_different_partitions(
    world: World, consumer: ProcessedEvents
) -> None:
    for number in range(100):
        claim = consumer.claim(event_of(f"order-{number}"))
        assert isinstance(claim, Claim)
        consumer.complete(claim, "SENT", at=now())
    partitions = [item["PK"] for item in world.items() if item["PK"].startswith("CONSUMER#")]
    assert len(set(partitions)) == len(partitions) == 100


def test_consumer_records_of_one_order_share_a_partition(world: World, consumer: ProcessedEvents) -> None:
    """So that one query finds all of them."""
    for version in (2, 3):
        claim = consumer.claim(event_of("order", version))
        assert isinstance(claim, Claim)
        consumer.complete(claim, "SENT", at=now())
    assert len({item["PK"] for item in world.items()}) == 1
    assert len(consumer.records("ORDER#order/ORDER")) == 2


def test_records_are_separate_for_orders_whose_ids_begin_alike(
    consumer: ProcessedEvents,
) -> None:
    claim = consumer.claim(event_of("order-11"))
    assert isinstance(claim, Claim)
    assert consumer.records("ORDER#order-1/ORDER") == []


# -- what an earlier release has recorded -----------------------------------------------------------------


def test_event_handled_by_an_earlier_release_is_not_handled_again(
    world: World, consumer: ProcessedEvents
) -> None:
    event = event_of("order")
    earlier_release_records(world, event, **handled(event))
    assert consumer.claim(event) is ClaimRefusal.HANDLED
    assert consumer.status_of(event) is ClaimRefusal.HANDLED
    (record,) = consumer.records(event_keys.changed_item(event))
    assert record["outcome"] == "SENT"


def test_event_remains_handled_after_the_record_of_an_earlier_release_expired(
    world: World, consumer: ProcessedEvents
) -> None:
    event = event_of("order")
    earlier_release_records(world, event, **handled(event))
    consumer.claim(event)
    world.table.delete({"PK": "CONSUMER#notify_customer", "SK": event_keys.change(event)})
    assert consumer.claim(event) is ClaimRefusal.HANDLED


def test_event_handled_by_an_earlier_release_supersedes_an_older_event(
    world: World, consumer: ProcessedEvents
) -> None:
    end = event_of("order", 3)
    earlier_release_records(world, end, **handled(end))
    assert consumer.claim(event_of("order", 2, Status.CONFIRMED)) is ClaimRefusal.OVERTAKEN


@pytest.mark.parametrize("version", [2, 3])
def test_claim_of_a_running_earlier_release_is_respected(
    world: World, consumer: ProcessedEvents, version: int
) -> None:
    """An invocation of the previous release may still run, for this event or another one of its order."""
    running = event_of("order", version)
    until = as_text(_in_a_minute())
    earlier_release_records(world, running, claimedBy="somebody", claimedUntil=until)
    assert consumer.claim(event_of("order", 3)) is ClaimRefusal.BUSY


def test_claim_of_an_earlier_release_expires(world: World, consumer: ProcessedEvents) -> None:
    event = event_of("order")
    earlier_release_records(world, event, claimedBy="somebody", claimedUntil=ago(seconds=1))
    assert isinstance(consumer.claim(event), Claim)


def test_completed_record_wins_if_two_releases_recorded_one_event(
    world: World, consumer: ProcessedEvents
) -> None:
    event = event_of("order")
    earlier_release_records(world, event, **handled(event))
    claim = consumer.claim(event_of("order", 2))
    assert claim is ClaimRefusal.OVERTAKEN
    outcomes = {
        record["SK"]: record["outcome"] for record in consumer.records(event_keys.changed_item(event))
    }
    assert outcomes == {
        event_keys.change(event): "SENT",
        event_keys.change(event_of("order", 2)): "OVERTAKEN",
    }


def test_fault_noted_by_an_earlier_release_yields_to_the_result(
    world: World, consumer: ProcessedEvents
) -> None:
    event = event_of("order")
    fault = msgspec.to_builtins(fault_of(ValueError("once"), at=now()))
    earlier_release_records(world, event, fault=fault)
    claim = consumer.claim(event)
    assert isinstance(claim, Claim)
    consumer.complete(claim, "SENT", at=now())
    (record,) = consumer.records(event_keys.changed_item(event))
    assert record["outcome"] == "SENT"


def test_event_redelivered_after_a_deployment_sends_no_second_email(world: World, calls: AwsCalls) -> None:
    prove_sender()
    calls.always("ChangeMessageVisibility", lambda parameters, send: {})
    order_id = an_order(world, "fulfilled")
    entered = world.api("put_profile", "PUT /customers/me", {"email": "ada@example.com", "address": ADDRESS})
    assert entered.status == 201
    version = len(world.details(order_id).order.history)
    event = event_of(order_id, version)
    earlier_release_records(world, event, **handled(event))
    body = recorded("eventbridge_order_fulfilled") | {"detail": json.loads(encode(event))}
    answer = invoke("events.notify_customer", queue_event(json.dumps(body), receives=2))
    assert (answer, sent()) == ({"batchItemFailures": []}, [])


def test_nothing_is_written_to_the_partition_of_earlier_releases(
    world: World, consumer: ProcessedEvents
) -> None:
    claim = consumer.claim(event_of("order"))
    assert isinstance(claim, Claim)
    consumer.release(claim, fault_of(ValueError("no"), at=now()))
    assert event_keys.earlier_consumer_partition(NAME) not in {item["PK"] for item in world.items()}


# -- odd times -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "at", ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-14:00"], ids=["the last moment", "and beyond"]
)
def test_event_at_the_last_day_of_the_calendar_can_be_claimed(consumer: ProcessedEvents, at: str) -> None:
    assert isinstance(consumer.claim(event_of("order", time=at)), Claim)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_event_of_the_first_day_of_the_calendar_is_too_old(consumer: ProcessedEvents, at: str) -> None:
    assert consumer.claim(event_of("order", time=at)) is ClaimRefusal.TOO_OLD


def _in_a_minute() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=1)
