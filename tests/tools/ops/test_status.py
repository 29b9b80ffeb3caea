"""Whether everything is well: what is shown, what needs a person, and what cannot be read."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from ops.__main__ import main
from ops.documents.status import StatusDocument
from ops.status import parts as status_parts
from ops.status.findings import STUCK_AFTER
from ordering.dead_letters.queues import work_queue_outputs
from ordering.domain.clock import ago, milliseconds
from ordering.repositories.health import Health
from ordering.repositories.keys import order_keys
from ordering.resilience.circuit import PAYMENTS, Circuit, CircuitState
from tests.infra.alarms import alarms
from tests.support.aws_calls import AwsCalls, client_error
from tests.support.orders import an_order, overwrite
from tests.synth import synthesised
from tests.tools.ops.deployed import BUCKET, US_EAST_1, CloudFormation, Deployed, alarm_name

WELL, ATTENTION, UNKNOWN = 0, 1, 2
EVENTS = "UndeliveredEventsQueueUrl"


def denied(operation: str) -> Callable[[Any, Any], Any]:
    def call(parameters: Any, send: Any) -> Any:
        raise client_error("AccessDenied", operation)

    return call


def read(deployed: Deployed) -> tuple[int, StatusDocument]:
    ran = deployed.ops("status", "--json")
    return ran.status, msgspec.json.decode(ran.out, type=StatusDocument)


def found(deployed: Deployed) -> list[str]:
    """What needs a person."""
    status, document = read(deployed)
    assert status == (ATTENTION if document.findings else WELL)
    return [finding.what for finding in document.findings]


@pytest.mark.slow
def test_stage_without_a_problem_is_well(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    ran = deployed.ops("status")
    assert ran.status == WELL
    assert ran.out.endswith("\nAll is well.\n")
    for line in (
        "✓ orders        1 open, the longest unchanged for ",
        "; none parked",
        "✓ providers     all available",
        "✓ queues        customer-jobs 0, 0 in flight; notifications 0, 0 in flight; order 0, 0 in flight",
        "✓ dead letters  none in 14 queues",
        "✓ alarms        4 ok",
        "2026-11-21T12:00:00.000Z, 9 stacks",
    ):
        assert line in ran.out, line
    status, document = read(deployed)
    assert (status, document.verdict, document.findings, document.failures) == (WELL, "well", [], [])
    assert document.orders
    assert document.orders.oldest
    assert document.orders.oldest.order_id == order_id
    assert document.deployed_at == "2026-11-21T12:00:00.000Z"


# -- what needs a person -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_parked_order_needs_a_person(deployed: Deployed) -> None:
    deployed.park(an_order(deployed.world))
    ran = deployed.ops("status")
    assert ran.status == ATTENTION
    assert "✗ orders        none open; 1 parked" in ran.out
    assert "✗ 1 parked order: not driven any more" in ran.out
    assert "do: orders-ops parked --stage dev; docs/runbooks/orders-parked.md" in ran.out
    assert ran.out.endswith("\nSomething needs a person.\n")


@pytest.mark.slow
def test_order_unchanged_for_too_long_needs_a_person(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    assert found(deployed) == []
    overwrite(deployed.world, order_keys.order(order_id), updatedAt=ago(hours=1, minutes=1))
    assert found(deployed) == [f"order {order_id} is PENDING and unchanged for 1 h 01 min"]


def test_bound_of_an_unchanged_order_is_that_of_its_alarm() -> None:
    assert alarms(synthesised("prod"))["OrdersStandStill"]["Threshold"] == STUCK_AFTER.total_seconds()


def test_unavailable_provider_is_named_instead_of_the_orders_that_wait(deployed: Deployed) -> None:
    overwrite(deployed.world, order_keys.order(an_order(deployed.world)), updatedAt=ago(hours=2))
    away = Circuit(of=PAYMENTS, state=CircuitState.OPEN, changed_at=milliseconds(), failed_at=milliseconds())
    Health(deployed.world.table).change(PAYMENTS, lambda circuit: away)
    assert found(deployed) == ["payments: unavailable, orders wait"]


def test_open_order_that_cannot_be_read_needs_a_person(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An operator's process is no function: it writes no metrics.
    monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE")
    order_id = an_order(deployed.world)
    overwrite(deployed.world, order_keys.order(order_id), attempts="many")
    assert found(deployed) == [f"1 open order cannot be read: {order_id}"]


def test_dead_letter_needs_a_person_and_is_not_received(deployed: Deployed, calls: AwsCalls) -> None:
    deployed.put(EVENTS, "{}")
    deployed.s3.put_object(Bucket=BUCKET, Key="2026/a", Body=b"{}")
    ran = deployed.ops("status")
    assert ran.status == ATTENTION
    assert "✗ dead letters  events: 1 dead letter; undelivered-changes: 1 dead letter" in ran.out
    assert "do: orders-ops dlq --stage dev --queue events" in ran.out
    assert calls.made("ReceiveMessage") == []


def test_dead_letter_that_another_reader_looks_at_is_counted(deployed: Deployed) -> None:
    deployed.put(EVENTS, "{}")
    deployed.sqs.receive_message(QueueUrl=deployed.outputs[EVENTS])
    assert found(deployed) == ["1 dead letter in events"]


@pytest.mark.slow
def test_raised_alarm_needs_a_person_and_names_its_runbook(deployed: Deployed) -> None:
    deployed.raise_alarm("saga", "OrdersQueueBehind")
    ran = deployed.ops("status")
    assert "✗ alarms        1 raised, 3 ok" in ran.out
    assert "✗ OrdersQueueBehind is raised for " in ran.out
    assert "do: docs/runbooks/orders-queue-behind.md" in ran.out
    _, document = read(deployed)
    assert document.alarms
    (raised,) = document.alarms.raised
    assert (raised.alarm, raised.reason) == (alarm_name("saga", "OrdersQueueBehind"), "1 > 0")


def test_raised_part_of_a_composite_alarm_needs_no_person(deployed: Deployed) -> None:
    """One window of an objective is often over its bound alone; the composite alarm notifies for both."""
    deployed.create_alarm("saga", "OrdersQueueBehind", notifies=False)
    deployed.raise_alarm("saga", "OrdersQueueBehind")
    assert found(deployed) == []


def test_raised_alarm_of_a_distribution_needs_a_person(deployed: Deployed) -> None:
    """The stacks of `edge` and `web` are in us-east-1, like the metrics of CloudFront."""
    deployed.with_edge()
    assert found(deployed) == []
    deployed.raise_alarm("edge", "EdgeFaults")
    (what,) = found(deployed)
    assert what.startswith("EdgeFaults is raised")
    _, document = read(deployed)
    assert document.alarms
    assert (document.alarms.ok, document.alarms.missing) == (4, [])


def test_failed_deployment_of_a_distribution_needs_a_person(deployed: Deployed) -> None:
    deployed.with_edge()
    deployed.states["orders-dev-edge"] = "UPDATE_ROLLBACK_COMPLETE"
    assert found(deployed) == ["stack orders-dev-edge is UPDATE_ROLLBACK_COMPLETE"]


def test_stage_of_the_same_name_in_us_east_1_is_another_stage(deployed: Deployed) -> None:
    deployed.with_edge()
    _, before = read(deployed)
    deployed.stacks_of_distributions["orders-dev-saga"] = {}
    _, document = read(deployed)
    assert before.stacks is not None
    assert document.stacks == before.stacks
    assert "orders-dev-edge" in {stack.name for stack in before.stacks}


def test_region_of_distributions_that_cannot_be_read_is_named(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_region = deployed.cloudformation

    def refused(region: str) -> CloudFormation:
        if region == US_EAST_1:
            raise client_error("AccessDenied", "DescribeStacks")
        return in_region(region)

    monkeypatch.setattr(deployed, "cloudformation", refused)
    status, document = read(deployed)
    assert status == UNKNOWN
    assert {failure.part for failure in document.failures} == {"alarms", "deployment"}


def test_alarm_with_disabled_actions_needs_a_person(deployed: Deployed) -> None:
    deployed.create_alarm("monitoring", "OrdersParked", actions=False)
    assert found(deployed) == ["alarms with disabled actions, so they notify no one: OrdersParked"]


@pytest.mark.slow
def test_alarm_that_was_deleted_by_hand_needs_a_person(deployed: Deployed) -> None:
    deployed.cloudwatch.delete_alarms(AlarmNames=[alarm_name("monitoring", "OrdersParked")])
    assert found(deployed) == ["alarms were deleted outside their stacks: OrdersParked"]


@pytest.mark.parametrize("state", ["UPDATE_ROLLBACK_COMPLETE", "CREATE_FAILED"])
def test_deployment_that_failed_needs_a_person(deployed: Deployed, state: str) -> None:
    deployed.states["orders-dev-saga"] = state
    assert found(deployed) == [f"stack orders-dev-saga is {state}"]


def test_deployment_under_way_is_shown_and_is_no_problem(deployed: Deployed) -> None:
    deployed.states["orders-dev-saga"] = "UPDATE_IN_PROGRESS"
    ran = deployed.ops("status")
    assert ran.status == WELL
    assert "; under way: orders-dev-saga" in ran.out


# -- what is found -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dev", "local"])
def test_depth_of_every_queue_that_a_function_reads_is_shown(name: str) -> None:
    app = synthesised(name)
    work = {queue.id for queue in app.resources("AWS::SQS::Queue") if "RedrivePolicy" in queue.properties}
    outputs = app.outputs()
    assert {outputs[output]["Ref"] for output in work_queue_outputs(outputs)} == work


def test_more_alarms_than_one_call_takes_are_all_read(
    deployed: Deployed, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status_parts, "_NAMES_AT_ONCE", 3)
    assert "4 ok" in deployed.ops("status").out
    assert [len(call["AlarmNames"]) for call in calls.made("DescribeAlarms")] == [3, 1]


@pytest.mark.slow
def test_more_open_orders_than_the_bound_are_counted_up_to_it(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status_parts, "MOST_OPEN", 2)
    orders = [deployed.world.stocked().place_order() for _ in range(4)]
    for place, order_id in enumerate(orders):
        old = ago(minutes=10 + place)
        overwrite(deployed.world, order_keys.order(order_id), updatedAt=old, GSI2SK=old)
    assert "2 or more open, the longest unchanged for 13 min" in deployed.ops("status").out


# -- what cannot be read -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "line", "named"),
    [
        ("DescribeAlarms", "? alarms        cannot be read", "? alarms cannot be read: DescribeAlarms"),
        ("ListObjectsV2", "; undelivered-changes cannot be read", "? dead letters of undelivered-changes"),
        (
            "GetQueueAttributes",
            "? queues        customer-jobs cannot be read; notifications cannot be read; order",
            "? queue order cannot",
        ),
        ("Query", "? orders        cannot be read", "? providers cannot be read: Query: AccessDenied"),
    ],
)
def test_part_that_cannot_be_read_is_named_and_hides_no_other(
    deployed: Deployed, calls: AwsCalls, operation: str, line: str, named: str
) -> None:
    calls.always(operation, denied(operation))
    ran = deployed.ops("status")
    assert ran.status == UNKNOWN
    assert line in ran.out
    assert named in ran.out
    assert "✓ deployment " in ran.out
    assert ran.out.endswith("but not everything could be read.\n")
    status, document = read(deployed)
    assert (status, document.verdict) == (UNKNOWN, "unknown")
    assert document.failures


def test_need_for_a_person_wins_over_a_part_that_cannot_be_read(deployed: Deployed, calls: AwsCalls) -> None:
    deployed.park(an_order(deployed.world))
    calls.always("DescribeAlarms", denied("DescribeAlarms"))
    status, document = read(deployed)
    assert (status, document.verdict) == (ATTENTION, "attention")
    assert [failure.part for failure in document.failures] == ["alarms"]


@pytest.mark.parametrize("stage", ["staging", "local"])
def test_stage_that_cannot_be_found_is_not_reported_as_well(
    deployed: Deployed, capsys: pytest.CaptureFixture[str], stage: str
) -> None:
    assert main(["status", "--stage", stage]) == UNKNOWN
    assert "✗ the stage cannot be read: " in capsys.readouterr().err
