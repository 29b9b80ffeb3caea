"""The sweep: what stands still is driven on, parked when that does not help, and what is owed is settled."""

import json

import boto3
import pytest

from ordering.clock import ago
from ordering.order import OrderId
from ordering.payment import PaymentStatus
from ordering.table import keys
from ordering.table.sweep import Sweep
from tests.support.environment import QUEUE_URL
from tests.support.world import World, invoke


@pytest.fixture
def queue(world: World) -> None:
    """The order queue, empty."""
    assert boto3.client("sqs").create_queue(QueueName="orders")["QueueUrl"] == QUEUE_URL


def sweep() -> dict[str, int]:
    """Run it once."""
    done: dict[str, int] = invoke("scheduled.reconcile_orders", {})
    return done


def messages() -> list[str]:
    """The orders that the queue's messages name."""
    answer = boto3.client("sqs").receive_message(QueueUrl=QUEUE_URL, MaxNumberOfMessages=10)
    return [json.loads(message["Body"])["orderId"] for message in answer.get("Messages", [])]


def age(world: World, order_id: OrderId, **notes: object) -> None:
    """Let an order have stood still for an hour, with these notes on it."""
    sets = "".join(f", {name} = :{name}" for name in notes)
    world.table.update(
        keys.order(order_id),
        f"SET GSI2SK = :at{sets}",
        values={":at": ago(hours=1), **{f":{name}": note for name, note in notes.items()}},
    )


@pytest.mark.usefixtures("queue")
def test_an_order_that_stands_still_is_driven_on(world: World) -> None:
    order_id = world.stocked().place_order()
    age(world, order_id)
    assert sweep() == {"redriven": 1, "parked": 0, "settled": 0}
    assert messages() == [order_id]


@pytest.mark.usefixtures("queue")
def test_an_order_that_was_just_placed_is_left_alone(world: World) -> None:
    world.stocked().place_order()
    assert sweep()["redriven"] == 0
    assert messages() == []


@pytest.mark.usefixtures("queue")
def test_an_order_is_nudged_once_within_the_bound(world: World) -> None:
    age(world, world.stocked().place_order())
    assert [sweep()["redriven"] for _ in range(3)] == [1, 0, 0]


@pytest.mark.usefixtures("queue")
def test_to_be_nudged_changes_no_version(world: World) -> None:
    order_id = world.stocked().place_order()
    age(world, order_id)
    sweep()
    order = world.story(order_id).order
    assert (order.version, order.attempts) == (1, 1)


@pytest.mark.usefixtures("queue")
def test_an_order_that_was_nudged_in_vain_too_often_is_parked(world: World) -> None:
    order_id = world.stocked().place_order()
    age(world, order_id, attempts=5, nudgedAt=ago(hours=1))
    assert sweep()["parked"] == 1
    assert sweep() == {"redriven": 0, "parked": 0, "settled": 0}
    assert messages() == []
    assert world.story(order_id).order.parked_at
    assert [due.order_id for due in Sweep(world.table).parked(10)] == [order_id]


@pytest.mark.usefixtures("queue")
def test_a_parked_order_that_is_given_back_is_driven_on(world: World) -> None:
    order_id = world.stocked().place_order()
    age(world, order_id, attempts=5, nudgedAt=ago(hours=1))
    sweep()
    assert Sweep(world.table).unpark(order_id, at=ago(hours=1))
    assert sweep()["redriven"] == 1


@pytest.mark.usefixtures("queue")
def test_nothing_is_added_to_a_queue_that_is_behind(world: World) -> None:
    age(world, world.stocked().place_order())
    client = boto3.client("sqs")
    for _ in range(50):
        client.send_message(QueueUrl=QUEUE_URL, MessageBody="{}")
    assert sweep().get("redriven", 0) == 0
    waiting = client.get_queue_attributes(QueueUrl=QUEUE_URL, AttributeNames=["ApproximateNumberOfMessages"])[
        "Attributes"
    ]["ApproximateNumberOfMessages"]
    assert waiting == "50"


@pytest.mark.usefixtures("queue")
def test_a_payment_that_a_closed_order_still_owes_is_given_back(world: World) -> None:
    order_id = world.stocked().place_order()
    world.step("reserve_stock", order_id)
    world.step("authorise_payment", order_id)
    # No step of the saga closes an order like this: that is what the sweep is a net for.
    for key, status in ((keys.order(order_id), "CANCELLED"), (keys.payment(order_id, 1), "AUTHORISED")):
        world.table.update(
            key,
            "SET #status = :status, GSI2SK = :at",
            names={"#status": "status"},
            values={":status": status, ":at": ago(hours=1)},
        )
    assert sweep()["settled"] == 1
    payment = world.story(order_id).payment
    assert payment
    assert payment.status is PaymentStatus.VOIDED
    assert [page["status"] for page in world.pages() if "token" in page] == ["VOIDED"]
    assert sweep()["settled"] == 0
