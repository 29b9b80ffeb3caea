"""Guarantee 5: a pick list for each fulfilled order; a second one only if the process dies after sending."""

import json
from typing import Any
from uuid import uuid4

import boto3
import msgspec
import pytest
from msgspec.structs import replace

from ordering.domain import canary
from ordering.domain.events.envelope import Event
from ordering.domain.order import OrderId, Status
from ordering.domain.pick_lists import pick_list_for
from ordering.dynamodb.transaction import ABSENT
from ordering.repositories.keys import order_keys
from tests.handlers.events.notify_customer.notifying import message, transition_event
from tests.support.aws_calls import AwsCalls, fails
from tests.support.builders import line
from tests.support.consumer_tests import ConsumerTests
from tests.support.environment import PICK_LISTS_QUEUE_URL
from tests.support.orders import an_order, overwrite
from tests.support.recorded import queue_event
from tests.support.world import ADDRESS, World, invoke


def create_queue() -> None:
    """Create the queue that the warehouse polls."""
    boto3.client("sqs").create_queue(QueueName=PICK_LISTS_QUEUE_URL.rpartition("/")[2])


def pick_lists() -> list[Any]:
    """Returns the pick lists in the queue, and hides them, as a warehouse that receives them does."""
    found: list[Any] = []
    while (
        received := boto3.client("sqs")
        .receive_message(QueueUrl=PICK_LISTS_QUEUE_URL, MaxNumberOfMessages=10)
        .get("Messages")
    ):
        found += [json.loads(each["Body"]) for each in received]
    return found


def copy_of(world: World, order_id: OrderId) -> OrderId:
    """Returns a copy of an order, under an id of its own: a new order takes seven steps."""
    copy = OrderId(str(uuid4()))
    for item in world.table.query("PK = :order", {":order": order_keys.order_partition(order_id)}):
        copied = json.loads(json.dumps(item, default=int).replace(order_id, copy))
        world.table.put(copied, condition=ABSENT)
    return copy


@pytest.mark.slow
class TestNotifyWarehouse(ConsumerTests):
    """Its effect is a message to the warehouse."""

    consumer = "notify_warehouse"
    in_order = True
    may_repeat = True

    def prepare(self) -> None:
        create_queue()
        self.order_id = an_order(self.world, "fulfilled")

    def new_event(self) -> Event:
        return transition_event(self.world, copy_of(self.world, self.order_id), Status.FULFILLED)

    def later_event(self, event: Event) -> Event:
        return replace(event, id=uuid4().hex, sequence=event.sequence + 1)

    def effects(self) -> int:
        attributes = boto3.client("sqs").get_queue_attributes(
            QueueUrl=PICK_LISTS_QUEUE_URL, AttributeNames=["ApproximateNumberOfMessages"]
        )["Attributes"]
        return int(attributes["ApproximateNumberOfMessages"])


@pytest.fixture
def shop(world: World, calls: AwsCalls) -> World:
    """A shop with the warehouse's queue, and a queue of events that accepts every back-off."""
    create_queue()
    calls.always("ChangeMessageVisibilityBatch", lambda parameters, send: {})
    return world


def notify(event: Event) -> list[str]:
    """Deliver an event. Returns the ids of the messages that failed."""
    answer = invoke("events.notify_warehouse", queue_event(message(event)))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_pick_list_has_the_lines_and_the_tracking_number_of_the_order(shop: World) -> None:
    order_id = an_order(shop, "fulfilled")
    event = transition_event(shop, order_id, Status.FULFILLED)
    assert notify(event) == []
    (found,) = pick_lists()
    details = shop.details(order_id)
    assert details.shipment
    assert found == {
        "schemaVersion": 1,
        "orderId": order_id,
        "eventId": event.id,
        "placedAt": details.order.created_at,
        "fulfilledAt": event.time,
        "trackingNumber": details.shipment.tracking_number,
        "lines": [{"sku": "MUG-RED", "name": "The MUG-RED", "quantity": 2}],
    }


def test_pick_list_contains_no_personal_data_and_no_prices(shop: World) -> None:
    order_id = an_order(shop, "fulfilled")
    notify(transition_event(shop, order_id, Status.FULFILLED))
    text = json.dumps(pick_lists())
    order = shop.details(order_id).order
    private = [*map(str, ADDRESS.values()), order.customer_id, "1250", "2500", "tok_"]
    assert [each for each in private if each in text] == []


def test_pick_list_with_any_character_is_accepted_by_sqs(shop: World) -> None:
    """SQS refuses characters that XML does not allow ("SendMessage"), so the body is ASCII."""
    order_id = an_order(shop, "fulfilled")
    lines = [{"sku": "MUG-RED", "name": "Krug\ufffe \U0001f375 ä", "quantity": 2, "unitPrice": 1250}]
    overwrite(shop, order_keys.order(order_id), lines=lines)
    notify(transition_event(shop, order_id, Status.FULFILLED))
    (found,) = pick_lists()
    assert found["lines"][0]["name"] == "Krug\ufffe \U0001f375 ä"


def test_canary_order_is_not_picked(shop: World) -> None:
    order_id = an_order(shop, "fulfilled")
    lines = [{"sku": canary.SKU, "name": "Canary", "quantity": 1, "unitPrice": 0}]
    overwrite(shop, order_keys.order(order_id), lines=lines)
    assert notify(transition_event(shop, order_id, Status.FULFILLED)) == []
    assert pick_lists() == []


def test_event_of_an_order_that_does_not_exist_fails_alone(shop: World) -> None:
    order_id = an_order(shop, "fulfilled")
    event = transition_event(shop, order_id, Status.FULFILLED)
    unknown = replace(event, subject="no-such-order", order_id="no-such-order")
    answer = invoke("events.notify_warehouse", queue_event(message(unknown), message(event)))
    assert [each["itemIdentifier"] for each in answer["batchItemFailures"]] == ["message-0"]
    assert [each["orderId"] for each in pick_lists()] == [order_id]


def test_pick_list_that_the_queue_refuses_is_sent_on_redelivery(shop: World, calls: AwsCalls) -> None:
    event = transition_event(shop, an_order(shop, "fulfilled"), Status.FULFILLED)
    calls.next("SendMessage", fails("ServiceUnavailable"))
    assert notify(event) == ["message-0"]
    assert notify(event) == []
    assert len(pick_lists()) == 1


def test_largest_pick_list_is_within_the_limit_of_a_message(shop: World) -> None:
    """1 MiB (SendMessage, Amazon SQS API Reference): fifty lines of the longest names, as ASCII."""
    order_id = an_order(shop, "fulfilled")
    details = shop.details(order_id)
    longest = replace(line("S" * 64, 1000), name="\U0001f375" * 200)
    large = replace(details, order=replace(details.order, lines=[longest] * 50))
    made = pick_list_for(transition_event(shop, order_id, Status.FULFILLED), large)
    assert len(json.dumps(msgspec.to_builtins(made))) < 1024 * 1024
