"""The sweep sends a message for every order that makes no progress. Guarantee 4."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from lambdas.scheduled import reconcile_orders
from ordering.domain.clock import ago, milliseconds, now
from ordering.domain.order import OrderFault, OrderId
from ordering.repositories.health import Health
from ordering.repositories.keys import order_keys
from ordering.repositories.leases import Lease, Leases
from ordering.repositories.reconciliation import DueOrder, Reconciliation
from ordering.resilience.circuit import Circuit, CircuitState
from tests.handlers.scheduled.sweeping import sweep
from tests.support.aws_calls import AwsCalls, fails
from tests.support.environment import QUEUE_URL
from tests.support.least_privilege import within
from tests.support.logs import Logs
from tests.support.world import Context, World, invoke


def messages() -> list[str]:
    """Returns the orders that the messages in the queue name."""
    answer = boto3.client("sqs").receive_message(QueueUrl=QUEUE_URL, MaxNumberOfMessages=10)
    return [json.loads(message["Body"])["orderId"] for message in answer.get("Messages", [])]


def age(world: World, order_id: OrderId, **notes: object) -> None:
    """Let an order be open for an hour without progress, with these attributes."""
    sets = "".join(f", {name} = :{name}" for name in notes)
    world.table.update(
        order_keys.order(order_id),
        f"SET GSI2SK = :at{sets}",
        values={":at": ago(hours=1), **{f":{name}": note for name, note in notes.items()}},
    )


def park(world: World, order_id: OrderId) -> OrderFault:
    """Park an order for a fault of its own."""
    fault = OrderFault(at=now(), cause="KeyError: 'lines'", kind="ORDER")
    assert Reconciliation(world.table).note_fault(order_id, fault, nudged_at=now())
    assert Reconciliation(world.table).park(order_id, fault, at=now())
    return fault


def payment_provider_is_down(world: World) -> None:
    """Open the circuit of the payment provider."""
    opened = Circuit(
        of="payments", state=CircuitState.OPEN, changed_at=milliseconds(), probe_at=milliseconds() + 60_000
    )
    Health(world.table).change("payments", lambda before: opened)


@pytest.mark.usefixtures("queue")
def test_stuck_order_is_driven_on(world: World) -> None:
    order_id = world.stocked().place_order()
    age(world, order_id)
    assert sweep() == {"redriven": 1, "settled": 0, "unsettled": 0, "refunded": 0, "unrefunded": 0}
    assert messages() == [order_id]


@pytest.mark.usefixtures("queue")
def test_new_order_is_not_nudged(world: World) -> None:
    world.stocked().place_order()
    assert sweep()["redriven"] == 0
    assert messages() == []


@pytest.mark.usefixtures("queue")
def test_order_is_nudged_once_within_its_interval(world: World) -> None:
    age(world, world.stocked().place_order())
    assert [sweep()["redriven"] for _ in range(3)] == [1, 0, 0]


@pytest.mark.usefixtures("queue")
def test_nudging_an_order_makes_no_new_version(world: World) -> None:
    order_id = world.stocked().place_order()
    age(world, order_id)
    sweep()
    order = world.details(order_id).order
    assert (order.version, order.reconcile_attempts) == (1, 1)


@pytest.mark.usefixtures("queue")
def test_order_is_nudged_after_any_number_of_failed_nudges(world: World) -> None:
    """Guarantee 4, for an outage of any length. Only the driver, which knows the fault, parks orders."""
    order_id = world.stocked().place_order()
    age(world, order_id, attempts=500, nudgedAt=ago(hours=1))
    assert sweep()["redriven"] == 1
    assert messages() == [order_id]


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize(("attempts", "soonest", "latest"), [(0, 450, 900), (1, 900, 1800), (9, 900, 1800)])
def test_intervals_between_nudges_grow_to_half_an_hour(
    world: World, attempts: int, soonest: int, latest: int
) -> None:
    order_id = world.stocked().place_order()
    age(world, order_id, attempts=attempts, nudgedAt=ago(seconds=soonest - 5))
    assert sweep()["redriven"] == 0
    age(world, order_id, attempts=attempts, nudgedAt=ago(seconds=latest + 5))
    assert sweep()["redriven"] == 1


@pytest.mark.usefixtures("queue")
def test_unparked_order_is_driven_on(world: World) -> None:
    order_id = world.stocked().place_order()
    age(world, order_id)
    park(world, order_id)
    assert sweep()["redriven"] == 0
    assert [due.order_id for due in Reconciliation(world.table).parked(10)] == [order_id]
    assert Reconciliation(world.table).unpark(order_id, at=ago(hours=1))
    assert sweep()["redriven"] == 1


@pytest.mark.usefixtures("queue")
def test_order_whose_message_is_with_a_driver_is_not_nudged(world: World) -> None:
    order_id = world.stocked().place_order()
    age(world, order_id)
    lease = Leases(world.table).take(
        order_id, "driver", now=milliseconds(), until=milliseconds() + 9, message_until=milliseconds() + 9_000
    )
    assert sweep()["redriven"] == 0
    assert isinstance(lease, Lease)
    Leases(world.table).give_back(lease)
    assert sweep()["redriven"] == 1


@pytest.mark.usefixtures("queue")
def test_order_of_a_crashed_driver_is_nudged_after_the_redelivery_time(world: World) -> None:
    order_id = world.stocked().place_order()
    age(world, order_id)
    past = milliseconds() - 1_000_000
    Leases(world.table).take(order_id, "driver", now=past, until=past + 160_000, message_until=past + 900_000)
    assert sweep()["redriven"] == 1


@pytest.mark.slow
@pytest.mark.usefixtures("queue")
def test_all_due_orders_are_nudged_in_one_sweep(world: World, calls: AwsCalls) -> None:
    world.stocked()
    due = [world.place_order() for _ in range(130)]
    for order_id in due:
        age(world, order_id)
    assert sweep()["redriven"] == 130
    sent = [len(call["Entries"]) for call in calls.made("SendMessageBatch")]
    assert (sum(sent), max(sent)) == (130, 10)


@pytest.mark.slow
@pytest.mark.usefixtures("queue")
def test_queue_is_filled_only_as_fast_as_it_is_consumed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two orders at once: eight messages may wait. None is received until the first pause; then three are."""
    monkeypatch.setattr(reconcile_orders, "ORDERS_AT_ONCE", 2)
    world.stocked()
    for order_id in [world.place_order() for _ in range(20)]:
        age(world, order_id)
    pauses = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 1:
            with within(None):
                boto3.client("sqs").receive_message(QueueUrl=QUEUE_URL, MaxNumberOfMessages=3)
        else:
            context.remaining_milliseconds = 29_000

    context = Context()
    monkeypatch.setattr(reconcile_orders, "sleep", pause)
    assert invoke("scheduled.reconcile_orders", {}, context)["redriven"] == 8 + 3


@pytest.mark.usefixtures("queue")
def test_no_order_is_nudged_without_time_left(world: World) -> None:
    age(world, world.stocked().place_order())
    context = Context(remaining_milliseconds=30_000)
    assert invoke("scheduled.reconcile_orders", {}, context)["redriven"] == 0


@pytest.mark.slow
@pytest.mark.usefixtures("queue")
def test_only_a_few_orders_are_nudged_while_a_provider_is_down(world: World) -> None:
    world.stocked()
    for order_id in [world.place_order() for _ in range(9)]:
        age(world, order_id)
    payment_provider_is_down(world)
    assert [sweep()["redriven"] for _ in range(2)] == [2, 2]


@pytest.mark.usefixtures("queue")
def test_orders_that_waited_for_a_provider_are_due_after_its_recovery(world: World) -> None:
    world.stocked()
    waiting = [world.place_order() for _ in range(3)]
    for order_id in waiting:
        age(world, order_id, nudgedAt=ago(minutes=1))
    assert sweep()["redriven"] == 0
    Health(world.table).change(
        "payments", lambda before: Circuit(of="payments", changed_at=milliseconds() - 1000)
    )
    assert sweep()["redriven"] == 3


@pytest.mark.usefixtures("queue")
def test_one_metric_counts_the_waiting_orders(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """So that one alarm is raised, and not one for each order that waits."""
    for order_id in [world.stocked().place_order() for _ in range(3)]:
        age(world, order_id)
    payment_provider_is_down(world)
    sweep()
    (measured,) = (
        json.loads(line) for line in capsys.readouterr().out.splitlines() if "OrdersWaiting" in line
    )
    assert measured["OrdersWaiting"] == [1.0]
    assert "OldestOpenOrder" not in measured


@pytest.mark.usefixtures("queue")
def test_nothing_is_added_to_a_queue_with_a_backlog(world: World) -> None:
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
def test_one_of_two_concurrent_sweeps_nudges_an_order(world: World) -> None:
    order_id = world.stocked().place_order()
    age(world, order_id)
    sweeps, bound = Reconciliation(world.table), ago(minutes=15)
    found = [next(sweeps.to_nudge(bound, lambda due: True)) for _ in range(2)]
    assert [due.order_id for due in found] == [order_id] * 2
    assert [bool(sweeps.claim(due, at=now())) for due in found] == [True, False]


@pytest.mark.slow
@pytest.mark.usefixtures("queue")
def test_order_is_nudged_again_if_a_sweep_crashed_before_sending(world: World, calls: AwsCalls) -> None:
    order_id = world.stocked().place_order()
    age(world, order_id)
    calls.next("SendMessageBatch", fails("InternalError"))
    with pytest.raises(ClientError):
        sweep()
    assert sweep()["redriven"] == 0
    age(world, order_id, nudgedAt=ago(hours=1))
    assert sweep()["redriven"] == 1
    assert messages() == [order_id]


@pytest.mark.slow
@pytest.mark.usefixtures("queue")
def test_orders_that_nudging_does_not_help_delay_no_other_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ordering.repositories.reconciliation._PAGE", 2)
    world.stocked()
    for order_id in [world.place_order() for _ in range(12)]:
        age(world, order_id, nudgedAt=ago(minutes=1))
    behind = world.place_order()
    age(world, behind)
    assert sweep()["redriven"] == 1
    assert messages() == [behind]


@pytest.mark.usefixtures("queue")
def test_order_unparked_concurrently_is_not_parked_again(world: World) -> None:
    """The driver decided to park it before it was unparked; the condition of its write fails."""
    order_id = world.stocked().place_order()
    fault = park(world, order_id)
    sweeps = Reconciliation(world.table)
    assert sweeps.unpark(order_id, at=now())
    assert not sweeps.park(order_id, fault, at=now())


@pytest.mark.usefixtures("queue")
def test_sweep_reads_only_due_items(world: World, calls: AwsCalls) -> None:
    age(world, world.stocked().place_order())
    sweep()
    assert calls.made("Scan") == []
    of_the_table = [call for call in calls.made("Query") if "IndexName" not in call]
    assert [call["ExpressionAttributeValues"] for call in of_the_table] == [{":health": {"S": "HEALTH"}}]


@pytest.mark.usefixtures("queue")
def test_order_that_cannot_be_claimed_is_logged_with_its_ids(
    world: World, calls: AwsCalls, logs: Logs
) -> None:
    order_id = world.stocked().place_order()
    age(world, order_id)
    calls.next("UpdateItem", fails("ValidationException"))
    assert sweep()["redriven"] == 0
    ids = world.details(order_id).order.ids
    (line,) = [line for line in logs.lines if line["message"] == "order not claimed"]
    assert ids
    assert (line["correlation_id"], line["trace_id"]) == (ids.correlation_id, ids.trace_id)


@pytest.mark.usefixtures("queue")
def test_age_of_every_waiting_order_is_measured_and_every_metric_is_written_once(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line of the log holds a hundred values, which is a whole batch: the rest is in the next line."""
    due = DueOrder(order_id=OrderId("1"), status="PENDING", created_at=ago(hours=2), updated_at=ago(hours=1))
    monkeypatch.setattr(reconcile_orders.sweep, "open_since", lambda before, limit: [due] * limit)
    sweep()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    written = [
        (metric["Name"], line[metric["Name"]])
        for line in lines
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    ]
    assert len({name for name, _ in written}) == len(written) == 9
    ages = dict(written)["AgeOfOpenOrder"]
    assert len(ages) == reconcile_orders.BATCH
    assert all(7_200 <= seconds < 7_300 for seconds in ages)
