"""An unreadable record stops neither other orders nor other mail, in the saga, the sweep and the consumer."""

import json
from typing import Any

import pytest

from ordering.aws.clients import client
from ordering.domain.clock import ago, now
from ordering.domain.order import OrderFault, OrderId
from ordering.dynamodb.codec import encode_item
from ordering.repositories import keys
from ordering.repositories.health import Health
from ordering.repositories.items import UnreadableRecord
from ordering.repositories.keys import customer_keys, event_keys, order_keys
from ordering.repositories.processed_events import Claim, ProcessedEvents
from ordering.repositories.reconciliation import Reconciliation
from ordering.resilience.diagnosis import FaultKind
from tests.handlers.events.notify_customer.notifying import notify, transition_event
from tests.handlers.spoiling import spoil
from tests.handlers.unreadable import ALICE
from tests.support.driving import Machine, drive, ends, message
from tests.support.environment import TABLE
from tests.support.orders import WAYS, follow
from tests.support.ses import prove_sender, sent
from tests.support.tables import dynamodb
from tests.support.world import World, invoke

pytestmark = pytest.mark.usefixtures("cursor_secret")


def raw(key: keys.Key) -> dict[str, Any]:
    item: dict[str, Any] = dynamodb().get_item(TableName=TABLE, Key=encode_item(key))["Item"]
    return item


def test_unreadable_order_is_parked_and_others_of_its_batch_are_driven(
    world: World, machine: Machine
) -> None:
    """Parking needs only the attributes about faults, which can be read although others cannot."""
    odd, other = world.stocked().place_order(), world.place_order()
    spoil(order_keys.order(odd), total={"N": "0.5"}, attempts={"SS": ["one"]})
    cause = json.dumps(
        {"errorType": "UnreadableRecord", "errorMessage": "ORDER#1/ORDER is not a valid Order"}
    )
    machine.endings = {odd: ends("FAILED", error="UnreadableRecord", cause=cause)}
    hour = {"at": ago(minutes=1), "since": ago(hours=3), "count": 9}
    noted = OrderFault(cause="before", kind=FaultKind.ORDER, **hour)  # type: ignore[arg-type]
    assert Reconciliation(world.table).note_fault(odd, noted, nudged_at=now())
    Health(world.table).note_end(now())
    Health(world.table).note_failure(now())
    assert drive(message(odd), message(other)) == ["message-0"]
    assert raw(order_keys.order(odd))["GSI2PK"]["S"].startswith("PARKED#")
    assert raw(order_keys.order(other))["GSI2PK"]["S"].startswith("OPEN#")


def test_sweep_drives_an_order_whose_notes_are_unreadable(world: World) -> None:
    client("sqs").create_queue(QueueName="orders")
    odd, other = world.stocked().place_order(), world.place_order()
    for order_id in (odd, other):
        world.table.update(order_keys.order(order_id), "SET GSI2SK = :at", values={":at": ago(hours=1)})
    spoil(order_keys.order(odd), attempts={"SS": ["one"]}, nudgedAt={"BOOL": True})
    assert invoke("scheduled.reconcile_orders", {})["redriven"] == 2


@pytest.mark.slow
def test_steps_of_another_order_continue_beside_an_unreadable_one(world: World) -> None:
    odd, other = world.stocked().place_order(), world.place_order()
    spoil(order_keys.order(odd), lines={"M": {}})
    with pytest.raises(UnreadableRecord):
        world.step("load_order", odd)
    follow(world, other, *WAYS["fulfilled"])
    assert world.details(other).order.status == "FULFILLED"


@pytest.mark.slow
@pytest.mark.parametrize("wrong", ["order", "profile", "record"])
def test_customer_gets_an_email_beside_an_unreadable_record_of_another(
    world: World, wrong: str, calls: Any
) -> None:
    prove_sender()
    calls.always("ChangeMessageVisibility", lambda parameters, send: {})
    world.with_profile("ada@example.com").with_profile("bob@example.com", subject="bob")
    odd = world.stocked().place_order()
    other = OrderId(world.place(key="of-bob", subject="bob").body["orderId"])
    for order_id in (odd, other):
        follow(world, order_id, *WAYS["fulfilled"])
    event = transition_event(world, odd)
    match wrong:
        case "order":
            spoil(order_keys.order(odd), total={"BOOL": True})
        case "profile":
            spoil(customer_keys.profile(ALICE), email={"NULL": True})
        case _:
            consumer = ProcessedEvents(world.table, "notify_customer")
            detail = event
            assert isinstance(consumer.claim(detail), Claim)
            key = event_keys.consumed(
                "notify_customer", event_keys.changed_item(detail), event_keys.change(detail)
            )
            spoil(key, claimedUntil={"SS": ["x"]})
    assert notify(event) != []
    assert notify(transition_event(world, other)) == []
    assert len(sent()) == 1


def test_unreadable_record_of_one_event_does_not_block_another(world: World) -> None:
    order_id = world.stocked().place_order()
    follow(world, order_id, *WAYS["fulfilled"])
    happened = transition_event(world, order_id)
    item = event_keys.changed_item(happened)
    key = event_keys.consumed("notify_customer", item, f"{item}#1#OrderPlaced")
    strange = {"eventVersion": {"S": "many"}, "claimedUntil": {"N": "0.5"}, "handledAt": {"NULL": True}}
    dynamodb().put_item(TableName=TABLE, Item=encode_item(key) | strange)
    assert isinstance(ProcessedEvents(world.table, "notify_customer").claim(happened), Claim)
