"""`dlq` shows every dead letter with its cause, and removes none."""

import json
import re

import pytest

from tests.support.orders import an_order
from tests.support.recorded import placed_order_image, stream_event
from tests.tools.ops.deployed import BUCKET, Deployed

FAILED = (
    'ExecutionFailed: FAILED: ResourceNotFoundException: {"errorMessage":"no table \\u201corders\\u201d",'
    '"errorType":"ResourceNotFoundException","stackTrace":["  File'
)


def test_dlq_lists_every_queue_even_if_empty(deployed: Deployed) -> None:
    ran = deployed.ops("dlq")
    assert ran.status == 0
    for kind in ("order", "events", "changes", "sweeps", "undelivered-changes"):
        assert re.search(rf"^{kind} +none$", ran.out, re.M), kind


def test_dlq_shows_the_error_that_is_recorded_with_the_order(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, "confirmed")
    deployed.fault(order_id, FAILED)
    deployed.dead(order_id)
    out = deployed.ops("dlq", "--queue", "order").out
    assert "order: 1 dead letter (" in out
    assert re.search(rf"order {order_id}, sent \d+ s ago, received 1 time", out)
    assert "cause: the order is CONFIRMED; its last error, 20" in out
    assert "FAILED: ResourceNotFoundException: no table “orders”" in out


@pytest.mark.slow
def test_dlq_shows_that_an_order_is_parked(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    deployed.park(order_id)
    deployed.dead(order_id)
    assert "the order is PENDING; parked since 20" in deployed.ops("dlq").out


def test_an_order_that_does_not_exist_is_said_not_to(deployed: Deployed) -> None:
    deployed.dead("nobody-s")
    assert "cause: the order does not exist" in deployed.ops("dlq").out


@pytest.mark.parametrize("body", ["ada@example.com", '{"email": "ada@example.com"}', '{"orderId": 1}', ""])
def test_unreadable_message_is_shown_without_its_personal_data(deployed: Deployed, body: str) -> None:
    deployed.put("OrderDeadLetterQueueUrl", body or " ")
    out = deployed.ops("dlq").out
    assert f"{len(body or ' ')} characters, sent" in out
    assert "so it names no order" in out
    assert "ada@" not in out


def test_dlq_removes_nothing_and_counts_as_a_receive(deployed: Deployed) -> None:
    deployed.dead("a")
    deployed.dead("b")
    assert "received 1 time" in deployed.ops("dlq").out
    again = deployed.ops("dlq")
    assert "order: 2 dead letters" in again.out
    assert "received 2 times" in again.out
    assert "Nothing was removed; this listing counts as one of the receives." in again.out
    assert len(deployed.in_queue("OrderDeadLetterQueueUrl")) == 2


@pytest.mark.slow
def test_dlq_counts_each_message_of_a_long_queue_once(deployed: Deployed) -> None:
    for number in range(63):
        deployed.dead(f"order-{number:02d}")
    out = deployed.ops("dlq", "--queue", "order").out
    assert "order: 63 dead letters" in out
    assert out.count("cause: ") == 50
    assert "… and 13 more" in out


def test_dlq_with_an_order_shows_only_its_dead_letters(deployed: Deployed) -> None:
    deployed.dead("a")
    deployed.dead("b")
    out = deployed.ops("dlq", "--order", "b").out
    assert "order b," in out
    assert "order a," not in out


def test_dlq_shows_why_eventbridge_could_not_deliver_an_event(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    detail = {"orderId": order_id, "id": "5e1c0d3a9b7f4e2488d1c6a05b3f7e90"}
    deployed.put(
        "UndeliveredEventsQueueUrl",
        {"detail-type": "OrderPlaced", "source": "orders", "detail": detail},
        ERROR_CODE="NO_PERMISSIONS",
        ERROR_MESSAGE="may not send",
        EXHAUSTED_RETRY_CONDITION="MaximumRetryAttempts",
        RETRY_ATTEMPTS="185",
    )
    out = deployed.ops("dlq", "--queue", "events").out
    assert "OrderPlaced 5e1c0d3a9b7f4e2488d1c6a05b3f7e90, sent" in out
    assert "cause: NO_PERMISSIONS: may not send (MaximumRetryAttempts, 185 retries)" in out


def test_dlq_reads_an_event_that_the_rule_has_transformed(deployed: Deployed) -> None:
    deployed.put("UndeliveredEventsQueueUrl", {"orderId": "o-1"}, ERROR_CODE="NO_RESOURCE")
    assert "event of order o-1, sent" in deployed.ops("dlq", "--order", "o-1").out


def test_dlq_shows_key_and_cause_of_a_parked_change_but_no_secret(deployed: Deployed) -> None:
    image = placed_order_image() | {"paymentToken": {"S": "tok_secret"}, "status": {"S": "LOST"}}
    (record,) = stream_event((None, image))["Records"]
    cause = "ValueError: 'LOST' is not a valid Status, said tok_secret"
    deployed.put("ParkedChangesQueueUrl", {"cause": cause, "record": record})
    out = deployed.ops("dlq", "--queue", "changes").out
    assert f"INSERT of {image['PK']['S']}/ORDER, sent" in out
    assert "cause: ValueError: 'LOST' is not a valid Status, said [redacted]" in out
    assert "tok_secret" not in out


def test_dlq_shows_the_error_of_a_failed_sweep(deployed: Deployed) -> None:
    deployed.put(
        "MissedSweepsQueueUrl",
        {
            "version": "1.0",
            "timestamp": "2026-11-21T12:00:00.000Z",
            "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 1},
            "responsePayload": {"errorMessage": "no table", "errorType": "LookupError"},
        },
    )
    out = deployed.ops("dlq", "--queue", "sweeps").out
    assert "the sweep of 2026-11-21T12:00:00.000Z failed, sent" in out
    assert "cause: LookupError: no table (RetriesExhausted)" in out


def test_dlq_shows_why_the_scheduler_could_not_start_a_sweep(deployed: Deployed) -> None:
    deployed.put(
        "MissedSweepsQueueUrl",
        "{}",
        ERROR_CODE="AccessDeniedException",
        ERROR_MESSAGE="may not invoke",
        SCHEDULED_TIME="2026-11-21T12:00:00Z",
    )
    out = deployed.ops("dlq", "--queue", "sweeps").out
    assert "the sweep of 2026-11-21T12:00:00Z could not be started" in out
    assert "cause: AccessDeniedException: may not invoke" in out


@pytest.mark.slow
def test_dlq_shows_how_many_changes_an_undelivered_batch_has(deployed: Deployed) -> None:
    records = stream_event((None, placed_order_image()), (None, placed_order_image()))
    given_up = {
        "requestContext": {"condition": "RecordAgeExceeded"},
        "payload": json.dumps(records),
    }
    deployed.s3.put_object(Bucket=BUCKET, Key="aws/lambda/m/s/2026/11/21/a", Body=json.dumps(given_up))
    out = deployed.ops("dlq", "--queue", "undelivered-changes").out
    assert "aws/lambda/m/s/2026/11/21/a\n    2 changes, the first of ORDER#" in out
    assert "cause: RecordAgeExceeded" in out
    assert "received" not in out


def test_queue_of_webhooks_is_refused_for_a_stage_that_sends_none(deployed: Deployed) -> None:
    del deployed.stacks["orders-dev-webhooks"]
    ran = deployed.ops("dlq", "--queue", "webhook-deliveries")
    assert ran.status == 1
    assert "stage dev sends no webhooks, so it has no queue of webhook-deliveries" in ran.err
    assert "webhook-deliveries" not in deployed.ops("dlq").out
