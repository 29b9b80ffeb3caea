"""`show`: everything about one order, without its secrets."""

import json
from datetime import datetime

import pytest

from ordering.domain.events.envelope import opaque_id
from tests.support.orders import an_order, cancel_to_the_end
from tests.support.world import ADDRESS
from tests.tools.ops.deployed import Deployed

# `show` reads the logs from a minute before the order was placed until now. A line with a later time is not
# read, so lines that are "logged" some milliseconds after the order need a command that takes longer.
_BEFORE_PLACED_MILLISECONDS = 30_000


def _log_time(deployed: Deployed, order_id: str) -> int:
    """Returns a time that `show` reads the logs of, however fast it runs, in milliseconds since 1970."""
    placed = next(item for item in deployed.world.items() if item.get("orderId") == order_id)
    created = datetime.fromisoformat(placed["createdAt"])
    return int(created.timestamp() * 1000) - _BEFORE_PLACED_MILLISECONDS


def test_show_lists_reservation_payment_and_shipment(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, "fulfilled")
    ran = deployed.ops("show", order_id)
    assert ran.status == 0
    for line in (
        f"order {order_id}: 2 × MUG-RED, 25.00 EUR",
        "status    FULFILLED, version 3",
        "PENDING     accepted; no money taken yet",
        "FULFILLED   paid and dispatched",
        "reservation COMMITTED: 2 × MUG-RED",
        "payment 1 CAPTURED: 25.00 EUR, pay_",
        "shipment DISPATCHED: ",
        "dead letters\n  none",
    ):
        assert line in ran.out, line


@pytest.mark.slow
def test_show_prints_the_ids_by_which_an_order_is_followed(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, "confirmed")
    ids = deployed.world.details(order_id).order.ids
    assert ids
    text = deployed.ops("show", order_id).out
    assert f"ids       correlation {ids.correlation_id}, trace {ids.trace_id}" in text
    document = json.loads(deployed.ops("show", order_id, "--json").out)
    assert (document["correlationId"], document["traceId"]) == (ids.correlation_id, ids.trace_id)


@pytest.mark.slow
def test_show_says_why_an_order_makes_no_progress(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, "confirmed")
    deployed.fault(order_id, "ExecutionFailed: FAILED: LookupError: no table")
    deployed.park(order_id)
    letter = deployed.dead(order_id)
    out = deployed.ops("show", order_id).out
    assert "ExecutionFailed: FAILED: LookupError: no table" in out
    assert "parked    since 20" in out
    assert f"order: {letter}, order {order_id}, sent" in out


@pytest.mark.slow
def test_show_gives_the_reason_of_a_cancellation(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, "authorised")
    cancel_to_the_end(deployed.world, order_id)
    out = deployed.ops("show", order_id).out
    assert "status    CANCELLED (CUSTOMER_REQUEST), version 3" in out
    assert "CANCELLING  releasing stock and money, reason: CUSTOMER_REQUEST" in out
    assert "OrderCancelRequested" in out


def test_show_derives_the_events_from_the_history(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, "fulfilled")
    out = deployed.ops("show", order_id).out
    for event in (
        "OrderPlaced",
        "OrderConfirmed",
        "OrderFulfilled",
        "PaymentCaptured",
        "ShipmentDispatched",
    ):
        assert f"not in the log            {event}" in out, event
    assert "the archive has no search" in out


def test_show_says_which_events_were_published_and_when(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    at = _log_time(deployed, order_id)
    mine, other = f"ORDER#{order_id}/ORDER#1#OrderPlaced", "ORDER#somebody-s/ORDER#1#OrderPlaced"
    events = [
        {"id": opaque_id(change), "type": "OrderPlaced", "subject": subject, "sequence": 1}
        for change, subject in ((mine, order_id), (other, "somebody-s"))
    ]
    deployed.wrote("PublishChanges", at, level="INFO", message="published", events=events)
    deployed.wrote(
        "PublishChanges",
        at + 1,
        message="published",
        events=[f"ORDER#{order_id}/PAYMENT#01#1#PaymentPrepared"],  # as the previous release has logged it
    )
    out = deployed.ops("show", order_id).out
    assert f"OrderPlaced           {opaque_id(mine)}" in out
    assert "PaymentPrepared" in out
    assert "somebody-s" not in out
    assert "earlier                   20" in out, "the payment's first version is known from the log alone"
    assert "not in the log" not in out
    assert "log (no lines)" in out


@pytest.mark.slow
def test_show_lists_the_log_lines_of_an_order_by_time(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    at = _log_time(deployed, order_id)
    deployed.wrote(
        "ReserveStock", at + 2, level="INFO", message="step", order_id=order_id, outcome="RESERVED"
    )
    deployed.wrote("PlaceOrder", at + 1, level="INFO", message="request", order_id=order_id, status=202)
    deployed.wrote("ReserveStock", at + 3, level="INFO", message="step", order_id="somebody-s")
    deployed.wrote(
        "DriveOrder",
        at + 4,
        level="ERROR",
        message="not driven",
        order_id=order_id,
        exception='Traceback (most recent call last):\n  File "x"\n'
        "ordering.aws.saga_client.ExecutionFailed: FAILED: no",
    )
    out = deployed.ops("show", order_id).out
    assert "log (3 lines)" in out
    assert out.index("INFO request status=202") < out.index("INFO step outcome=RESERVED")
    assert (
        "DriveOrder          ERROR not driven exception=ordering.aws.saga_client.ExecutionFailed: FAILED: no"
        in out
    )


def test_show_lists_the_lines_of_consumers_in_stacks_of_their_own(deployed: Deployed) -> None:
    """Webhooks and the WebSocket API are settings, with a stack each."""
    order_id = an_order(deployed.world)
    at = _log_time(deployed, order_id)
    deployed.wrote("DeliverWebhook", at + 1, level="INFO", message="webhook processed", order_id=order_id)
    deployed.wrote("AnnounceOrders", at + 2, level="INFO", message="event handled", order_id=order_id)
    assert "log (no lines)" in deployed.ops("show", order_id).out
    deployed.stacks["orders-dev-webhooks"]["WebhooksConsumer"] = "fan_out_webhooks"
    deployed.stacks["orders-dev-realtime"] = {"AnnouncementsConsumer": "announce_orders"}
    out = deployed.ops("show", order_id).out
    assert "log (2 lines)" in out
    assert "DeliverWebhook      INFO webhook processed" in out


def test_show_finds_the_state_machine_s_lines_by_the_execution(deployed: Deployed) -> None:
    """Without execution data, the log has no order ids. With it, input and output are not shown."""
    order_id = an_order(deployed.world)
    at = _log_time(deployed, order_id)
    deployed.wrote("DriveOrder", at + 9, message="not driven", order_id=order_id, execution="message-1-3")
    arn = "arn:aws:states:eu-west-1:1:express:orders:message-1-3:0a1b"
    deployed.wrote(
        "Machine",
        at + 5,
        type="TaskStateEntered",
        execution_arn=arn,
        details={"name": "Book", "input": "secret"},
    )
    deployed.wrote(
        "Machine", at + 6, type="ExecutionFailed", execution_arn=arn, details={"error": "Oh", "cause": "no"}
    )
    deployed.wrote("Machine", at + 7, type="ExecutionStarted", execution_arn=arn.replace("-3:", "-4:"))
    out = deployed.ops("show", order_id).out
    assert "Machine             TaskStateEntered Book" in out
    assert "Machine             ExecutionFailed Oh no" in out
    assert "ExecutionStarted" not in out
    assert "secret" not in out


def test_show_can_leave_out_the_logs(deployed: Deployed) -> None:
    out = deployed.ops("show", an_order(deployed.world), "--no-log").out
    assert "the log was not read" in out
    assert "log (" not in out


@pytest.mark.slow
def test_show_prints_the_address_only_on_request(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    silent, asked = deployed.ops("show", order_id).out, deployed.ops("show", order_id, "--address").out
    for part in (ADDRESS["name"], ADDRESS["line1"], ADDRESS["city"], ADDRESS["postalCode"]):
        assert part not in silent
        assert f"  {part}\n" in asked


@pytest.mark.parametrize("address", [(), ("--address",)])
def test_show_redacts_secrets_in_errors_and_log_lines(deployed: Deployed, address: tuple[str, ...]) -> None:
    order_id = an_order(deployed.world, token="tok_flaky")
    said = f"tok_flaky for {ADDRESS['line1']}, ada@example.com"
    deployed.fault(order_id, f"ValueError: {said}")
    deployed.wrote("DriveOrder", _log_time(deployed, order_id), message=said, order_id=order_id)
    out = deployed.ops("show", order_id, *address).out.partition("\naddress\n")[0]
    assert "[redacted] for [redacted], [redacted]" in out
    for secret in ("tok_flaky", ADDRESS["line1"], "ada@"):
        assert secret not in out
