"""A queue, log or table that cannot be read stops no other part of a command."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.aws_calls import AwsCalls, client_error
from tests.support.orders import an_order
from tests.tools.ops.deployed import BUCKET, Deployed

ORDER, EVENTS = "OrderDeadLetterQueueUrl", "UndeliveredEventsQueueUrl"


def denied(operation: str, parameter: str = "", value: str = "") -> Callable[[Any, Any], Any]:
    """Returns a call that is denied for one resource, and for every one without it."""

    def call(parameters: Any, send: Any) -> Any:
        if parameters.get(parameter, "") == value:
            raise client_error("AccessDenied", operation)
        return send()

    return call


@pytest.mark.slow
def test_a_queue_without_permission_hides_no_other(deployed: Deployed, calls: AwsCalls) -> None:
    order_id = an_order(deployed.world)
    deployed.dead(order_id)
    calls.always("ReceiveMessage", denied("ReceiveMessage", "QueueUrl", deployed.outputs[EVENTS]))
    ran = deployed.ops("dlq")
    assert ran.status == 3
    assert f"order {order_id}, sent" in ran.out
    assert "events: cannot be read: ReceiveMessage: AccessDenied" in ran.out
    assert "do:  docs/runbooks/README.md lists the permissions" in ran.err


def test_a_deleted_queue_hides_no_other(deployed: Deployed) -> None:
    deployed.dead("o-1")
    deployed.sqs.delete_queue(QueueUrl=deployed.outputs[EVENTS])
    ran = deployed.ops("dlq")
    assert ran.status == 3
    assert "order o-1, sent" in ran.out
    assert "events: cannot be read: ReceiveMessage: " in ran.out
    assert "NonExistentQueue" in ran.err


def test_a_bucket_that_cannot_be_read_hides_no_queue(deployed: Deployed) -> None:
    deployed.dead("o-1")
    deployed.s3.delete_bucket(Bucket=BUCKET)
    ran = deployed.ops("dlq")
    assert ran.status == 3
    assert "order o-1, sent" in ran.out
    assert "undelivered-changes: cannot be read: ListObjectsV2: NoSuchBucket" in ran.out


def test_a_failure_of_every_queue_is_reported_once(deployed: Deployed, calls: AwsCalls) -> None:
    for operation in ("ReceiveMessage", "ListObjectsV2"):
        calls.always(operation, denied(operation))
    ran = deployed.ops("dlq")
    assert ran.status == 1
    assert ran.out == ""
    assert ran.err.count("✗") == 1
    assert "AccessDenied" in ran.err


def test_the_only_queue_that_was_asked_for_fails_the_command(deployed: Deployed) -> None:
    deployed.sqs.delete_queue(QueueUrl=deployed.outputs[EVENTS])
    for command in (("dlq",), ("redrive", "--all", "--yes"), ("discard", "--all", "--yes")):
        assert deployed.ops(*command, "--queue", "events").status == 1


@pytest.mark.parametrize("command", ["redrive", "discard"])
def test_a_change_continues_with_the_queues_that_can_be_read(deployed: Deployed, command: str) -> None:
    order_id = an_order(deployed.world, "fulfilled")
    deployed.dead(order_id)
    deployed.sqs.delete_queue(QueueUrl=deployed.outputs[EVENTS])
    ran = deployed.ops(command, "--queue", "events", "--queue", "order", "--all", "--yes")
    assert ran.status == 3
    assert "1 dead letter done, none left" in ran.out
    assert "events: cannot be read" in ran.out
    assert "NonExistentQueue" in ran.err
    assert deployed.in_queue(ORDER) == []


def test_a_queue_that_fails_while_it_is_redriven_stops_no_other(
    deployed: Deployed, calls: AwsCalls, slept: list[float]
) -> None:
    order_id = an_order(deployed.world)
    deployed.dead(order_id)
    deployed.put(EVENTS, {"detail": {"orderId": order_id}})
    calls.always("DeleteMessage", denied("DeleteMessage", "QueueUrl", deployed.outputs[EVENTS]))
    ran = deployed.ops("redrive", "--queue", "events", "--queue", "order", "--all", "--yes")
    assert ran.status == 3
    assert "events: stopped: DeleteMessage: AccessDenied" in ran.out
    assert "1 dead letter done, none left" in ran.out
    assert deployed.in_queue(ORDER) == []
    assert len(deployed.in_queue(EVENTS)) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "reported"),
    [
        ("FilterLogEvents", "log\n  cannot be read"),
        ("ReceiveMessage", "order: cannot be read: ReceiveMessage: AccessDenied"),
        ("ListObjectsV2", "undelivered-changes: cannot be read: ListObjectsV2: AccessDenied"),
    ],
)
def test_a_part_of_an_order_that_cannot_be_read_hides_no_other(
    deployed: Deployed, calls: AwsCalls, operation: str, reported: str
) -> None:
    order_id = an_order(deployed.world, "fulfilled")
    calls.always(operation, denied(operation))
    ran = deployed.ops("show", order_id)
    assert ran.status == 3
    assert "FULFILLED   paid and dispatched" in ran.out
    assert reported in ran.out
    assert "\nmail\n" in ran.out
    assert "AccessDenied" in ran.err


def test_the_mail_of_an_order_that_cannot_be_read_hides_nothing_else(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(deployed.world)
    with monkeypatch.context() as patched:

        def fail(*_: Any) -> Any:
            raise client_error("AccessDenied", "Query")

        patched.setattr("ordering.repositories.processed_events.ProcessedEvents.records", fail)
        ran = deployed.ops("show", order_id)
    assert ran.status == 3
    assert "\nmail\n  cannot be read\n" in ran.out
    assert "dead letters\n  none" in ran.out
