"""An order can be traced by its ids through items, events, executions, every log line, and mails."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ordering.domain.order import OrderId
from ordering.domain.trace import Trace
from ordering.dynamodb.codec import encode_item
from ordering.repositories.keys import order_keys
from tests.support import event_invariants, invariants
from tests.support.backend import Backend
from tests.support.environment import TABLE
from tests.support.faults import Unavailable, fail
from tests.support.injection_points import before_call
from tests.support.logs import Logs, kept
from tests.support.tables import dynamodb

MUGS = ("MUG-RED", 2)
EMAIL = "ada@example.com"
# The id of every request in `tests/events`.
REQUEST_ID = "BqPvXhQbjoEEMmA="
OWN_TRACE = "Root=1-6740aa1b-2c1b2e0f5a1d4c3b7e8f9a0b;Parent=5d3a1c8e2f4b6071;Sampled=1;Lineage=1:8f3c:0"
TRACE_ID = "6740aa1b2c1b2e0f5a1d4c3b7e8f9a0b"


@pytest.fixture
def shop(one_backend: Backend) -> Backend:
    """A shop that sends mail, whose customer has a profile."""
    shop = one_backend
    shop.begin(
        "notified by mail", lambda world: world.stocked().with_profile(EMAIL), consumers=["notify_customer"]
    )
    return shop


@pytest.fixture
def logs(shop: Backend) -> Iterator[Logs]:
    """The log after the shop was set up."""
    with kept() as logs:
        yield logs


Started = list[Mapping[str, Any]]


@pytest.fixture
def started(shop: Backend) -> Iterator[Started]:
    """The parameters of each StartSyncExecution."""
    started: Started = []
    serve = shop._start_sync_execution

    def start(parameters: Mapping[str, Any]) -> Any:
        started.append(parameters)
        return serve(parameters)

    shop.calls.serve("sfn.StartSyncExecution", start)
    yield started
    shop.calls.serve("sfn.StartSyncExecution", serve)


def lines_of(logs: Logs, message: str) -> list[dict[str, Any]]:
    return [line for line in logs.lines if line["message"] == message]


def ids_of(shop: Backend) -> Trace:
    order = shop.world.details(OrderId(shop.alice.order_id)).order
    assert order.ids
    return order.ids


def ordered_to_the_end(shop: Backend, card: str = "tok_ok") -> Trace:
    shop.alice.place(MUGS, card=card)
    shop.run_to_the_end()
    return ids_of(shop)


def test_every_log_line_of_an_order_has_its_correlation_id(shop: Backend, logs: Logs) -> None:
    ids = ordered_to_the_end(shop)
    assert ids.correlation_id == REQUEST_ID
    (placed,) = lines_of(logs, "request")
    (driven,) = lines_of(logs, "driven")
    steps, notified = lines_of(logs, "step"), lines_of(logs, "event handled")
    assert len(steps) == 7
    assert len(notified) == 2
    for line in (placed, driven, *steps, *notified):
        assert (line["correlation_id"], line["trace_id"]) == (ids.correlation_id, ids.trace_id), line
    published = lines_of(logs, "published")
    assert {each for line in published for each in line["correlation_ids"]} == {ids.correlation_id}
    rest = {line["message"] for line in logs.lines} - {
        "request",
        "driven",
        "step",
        "event handled",
        "published",
    }
    assert not rest, "another line of the order"


@pytest.mark.parametrize("card", ["tok_declined", "tok_capture_refused", "tok_flaky"])
def test_lines_of_an_order_that_fails_have_its_correlation_id(shop: Backend, logs: Logs, card: str) -> None:
    ids = ordered_to_the_end(shop, card=card)
    of_the_order = [line for line in logs.lines if line.get("order_id")]
    assert of_the_order
    assert {line["correlation_id"] for line in of_the_order} == {ids.correlation_id}


def test_a_failed_execution_is_logged_with_the_ids(shop: Backend, logs: Logs) -> None:
    shop.calls.at(before_call(to="payments"), fail(Unavailable), times=8)
    ids = ordered_to_the_end(shop)
    failures = [line for line in logs.lines if line["level"] in ("ERROR", "WARNING") and "order_id" in line]
    assert {line["correlation_id"] for line in failures} <= {ids.correlation_id}


def test_the_log_keys_of_one_order_do_not_reach_the_next(shop: Backend, logs: Logs) -> None:
    shop.alice.place(MUGS)
    shop.run_to_the_end()
    assert not any("correlation_id" in line for line in lines_of(logs, "published"))
    shop.sweep()
    assert "correlation_id" not in logs.lines[-1]


def test_every_event_of_an_order_carries_both_ids(shop: Backend) -> None:
    ids = ordered_to_the_end(shop)
    of_the_order = [event for event in shop.bus.published if "orderId" in event]
    assert len(of_the_order) == 8
    assert {(event["correlationId"], event["traceparent"]) for event in of_the_order} == {
        (ids.correlation_id, ids.traceparent)
    }


def test_every_execution_has_the_ids_in_its_input(shop: Backend, started: Started) -> None:
    ids = ordered_to_the_end(shop)
    (start,) = started
    assert json.loads(start["input"]) == {
        "orderId": shop.alice.order_id,
        "trace": {"correlationId": ids.correlation_id, "traceparent": ids.traceparent},
    }


def test_the_order_message_contains_the_order_id_alone(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.deliver_changes()
    (message,) = shop.queue.messages
    assert json.loads(message.body) == {"orderId": shop.alice.order_id}


def test_mails_have_the_correlation_id_as_a_header(shop: Backend) -> None:
    ids = ordered_to_the_end(shop)
    assert [mail.headers for mail in shop.mailbox.sent] == [
        {"Content-Language": "en", "X-Correlation-Id": ids.correlation_id}
    ] * 2


def test_the_sweep_drives_an_order_under_its_own_ids(shop: Backend, logs: Logs) -> None:
    """A reconciled order has no message with ids, so they are read from the item."""
    shop.alice.place(MUGS)
    shop.stream.begin()
    shop.run_to_the_end()
    ids = ids_of(shop)
    assert lines_of(logs, "driven")[0]["correlation_id"] == ids.correlation_id
    (nudged,) = lines_of(logs, "orders nudged")
    assert nudged["order_ids"] == [shop.alice.order_id]
    assert nudged["correlation_ids"] == [ids.correlation_id]


def test_an_order_that_the_sweep_could_not_send_is_logged_with_its_id(shop: Backend, logs: Logs) -> None:
    shop.alice.place(MUGS)
    shop.clock.move(1000)
    shop.calls.serve("sqs.SendMessageBatch", _refuses_every_message)
    shop.sweep()
    shop.calls.serve("sqs.SendMessageBatch", shop.queue.send_message_batch)
    (unsent,) = lines_of(logs, "orders not sent")
    assert unsent["order_ids"] == [shop.alice.order_id]
    assert unsent["correlation_ids"] == [ids_of(shop).correlation_id]
    assert lines_of(logs, "orders nudged") == []


def _refuses_every_message(parameters: Mapping[str, Any]) -> dict[str, Any]:
    failed = [{"Id": each["Id"], "Code": "InternalError"} for each in parameters["Entries"]]
    return {"Successful": [], "Failed": failed}


def test_an_order_without_ids_is_processed_as_before(shop: Backend, started: Started, logs: Logs) -> None:
    """An earlier release placed it."""
    shop.alice.place(MUGS)
    write_trace(shop, None)
    shop.run_to_the_end()
    assert shop.alice.read_order().status == "FULFILLED"
    assert not any("correlation_id" in line for line in lines_of(logs, "step"))
    assert [mail.headers for mail in shop.mailbox.sent] == 2 * [{"Content-Language": "en"}]
    (start,) = started
    assert json.loads(start["input"]) == {"orderId": shop.alice.order_id}
    assert "traceHeader" not in start


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        7,
        [None],
        {},
        {"correlationId": "id"},
        {"correlationId": "a\r\nBcc: eve@example.com", "traceparent": f"00-{TRACE_ID}-5d3a1c8e2f4b6071-01"},
        {"correlationId": "id", "traceparent": f"00-{'0' * 32}-5d3a1c8e2f4b6071-01"},
        {"correlationId": True, "traceparent": {"a": {"b": [1]}}},
    ],
)
def test_ids_that_cannot_be_read_do_not_stop_an_order(shop: Backend, logs: Logs, garbage: Any) -> None:
    shop.alice.place(MUGS)
    write_trace(shop, garbage)
    shop.run_to_the_end()
    assert shop.alice.read_order().status == "FULFILLED"
    assert len(shop.mailbox.sent) == 2
    assert shop.parked_changes == []
    assert "record unreadable" not in logs.messages()
    invariants.check(shop.world)


def test_ids_that_cannot_be_fetched_do_not_delay_an_order(shop: Backend, logs: Logs) -> None:
    shop.alice.place(MUGS)
    shop.deliver_changes()
    # The first one is that of drive_order.
    shop.calls.at(before_call(to="dynamodb.GetItem"), fail(Unavailable))
    shop.run_to_the_end()
    (warned,) = lines_of(logs, "trace not read")
    assert warned["level"] == "WARNING"
    # The order is driven at once, and its steps find the ids.
    (driven,) = lines_of(logs, "driven")
    assert driven["receives"] == 1
    assert {line["correlation_id"] for line in lines_of(logs, "step")} == {REQUEST_ID}


def test_a_deleted_customer_leaves_no_personal_data(shop: Backend) -> None:
    ids = ordered_to_the_end(shop)
    shop.alice.forget()
    shop.run_to_the_end()
    assert ids_of(shop) == ids
    found = event_invariants.violations(
        shop.stream.changes, shop.bus.published, shop.world.items(), shop.alice.order_ids
    )
    assert not found, found


def test_the_execution_continues_the_trace_that_place_order_began(
    shop: Backend, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", OWN_TRACE)
    shop.alice.place(MUGS)
    assert ids_of(shop).traceparent == f"00-{TRACE_ID}-5d3a1c8e2f4b6071-01"
    # drive_order is another invocation, in a trace of its own.
    other = OWN_TRACE.replace("6740aa1b-2c1b", "6740aa1c-ffff").replace("Sampled=1", "Sampled=0")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", other)
    shop.run_to_the_end()
    (start,) = started
    assert start["traceHeader"] == "Root=1-6740aa1b-2c1b2e0f5a1d4c3b7e8f9a0b;Sampled=0;Lineage=1:8f3c:0"


def write_trace(shop: Backend, trace: Any) -> None:
    """Write the order's attribute `trace` as another release may have; None removes it."""
    written = {} if trace is None else encode_item({"trace": trace})
    table = dynamodb()
    key = encode_item(order_keys.order(OrderId(shop.alice.order_id)))
    item = table.get_item(TableName=TABLE, Key=key)["Item"]
    table.put_item(TableName=TABLE, Item=without_trace(item) | written)
    # Nothing has read the order before this write.
    for record in shop.stream.waiting:
        record["dynamodb"]["NewImage"] = without_trace(record["dynamodb"]["NewImage"]) | written


def without_trace(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "trace"}
