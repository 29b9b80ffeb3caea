"""The ids of an order: where they come from, and that every step logs them, for inputs of any release."""

import json
from typing import Any

import botocore.awsrequest
import pytest
from botocore.compat import HTTPHeaders

from ordering.aws.saga_client import SagaClient
from ordering.domain.trace import Trace, read_trace
from tests.handlers.saga.test_every_step import EVERY_STEP
from tests.support.environment import MACHINE_ARN
from tests.support.logs import Logs
from tests.support.orders import an_order
from tests.support.world import World, invoke, order_body

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"
# The id that the gateway gave the recorded request.
REQUEST_ID = "BqPvXhQbjoEEMmA="


def place(shop: World, traceparent: str | None, key: str = "key-1") -> Any:
    headers = {"Idempotency-Key": key} | ({"traceparent": traceparent} if traceparent else {})
    placed = shop.api("place_order", "POST /orders", order_body(), headers=headers)
    assert placed.status == 202
    return placed


def ids_of(shop: World, placed: Any) -> Trace:
    ids = shop.details(placed.body["orderId"]).order.ids
    assert ids
    return ids


def test_order_has_the_trace_of_its_client_and_the_id_of_its_request(shop: World) -> None:
    ids = ids_of(shop, place(shop, TRACEPARENT))
    assert (ids.correlation_id, ids.trace_id) == (REQUEST_ID, TRACE_ID)
    # The parent of what follows is this service, not the client.
    assert ids.traceparent != TRACEPARENT


@pytest.mark.parametrize(
    "header", [None, "", "garbage", f"ff{TRACEPARENT[2:]}", f"{TRACEPARENT}, {TRACEPARENT}"]
)
def test_invalid_traceparent_is_ignored_and_a_new_trace_begins(shop: World, header: str | None) -> None:
    assert ids_of(shop, place(shop, header)).trace_id != TRACE_ID


def test_replay_keeps_the_ids_of_the_first_request(shop: World, logs: Logs) -> None:
    """Guarantee 1: the header is no part of the body's fingerprint."""
    first = ids_of(shop, place(shop, TRACEPARENT))
    again = place(shop, TRACEPARENT.replace("4bf9", "ffff"))
    assert again.headers["idempotency-replayed"] == "true"
    assert ids_of(shop, again) == first
    assert [line["trace_id"] for line in logs.lines if line["message"] == "request"] == [TRACE_ID] * 2


def test_response_contains_no_ids(shop: World) -> None:
    assert TRACE_ID not in json.dumps(place(shop, TRACEPARENT).body)


@pytest.mark.parametrize("step", EVERY_STEP)
@pytest.mark.parametrize("sent", [None, "garbage", {"correlationId": 7}])
def test_step_logs_the_ids_of_the_item_whatever_was_sent(
    world: World, logs: Logs, step: str, sent: Any
) -> None:
    """An execution that an earlier release started sends none."""
    order_id = an_order(world, "booked")
    ids = world.details(order_id).order.ids
    assert ids
    before = len(logs.lines)
    output = invoke(f"saga.{step}", {"orderId": order_id, **({} if sent is None else {"trace": sent})})
    # What was sent is passed on as it is.
    assert output.get("trace") == sent
    line = logs.lines[before:][-1]
    assert (line["message"], line["correlation_id"], line["trace_id"]) == (
        "step",
        ids.correlation_id,
        ids.trace_id,
    )


def test_step_of_an_unknown_order_logs_the_ids_that_were_sent(world: World, logs: Logs) -> None:
    trace = {"correlationId": "id", "traceparent": TRACEPARENT}
    invoke("saga.load_order", {"orderId": "67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc", "trace": trace})
    assert logs.lines[-1]["correlation_id"] == "id"


def test_cancellation_is_logged_with_the_ids_of_the_order(shop: World, logs: Logs) -> None:
    placed = place(shop, TRACEPARENT)
    shop.api("cancel_order", "POST /orders/{orderId}/cancel", path={"orderId": placed.body["orderId"]})
    assert logs.lines[-1]["trace_id"] == TRACE_ID


# -- X-Ray ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("linked", [True, False])
def test_step_functions_gets_the_orders_trace_as_http_header(
    monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    """botocore sends the invocation's own trace, and the header is preferred to the parameter."""
    own = "Root=1-6740aa1b-2c1b2e0f5a1d4c3b7e8f9a0b;Parent=5d3a1c8e2f4b6071;Sampled=1"
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "drive_order")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", own)
    client = SagaClient(MACHINE_ARN)
    sent = []

    def answer(request: Any, **_: object) -> Any:
        sent.append(request.headers["X-Amzn-Trace-Id"].decode())
        body = json.dumps({"executionArn": "arn", "startDate": 0, "stopDate": 0, "status": "SUCCEEDED"})
        return _Response(request.url, body)

    client._client.meta.events.register_first("before-send.sfn.StartSyncExecution", answer)
    trace = read_trace({"correlationId": "id", "traceparent": TRACEPARENT}) if linked else None
    client.drive("67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc", "message-1", trace)
    assert sent == ["Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Sampled=1" if linked else own]


class _Response(botocore.awsrequest.AWSResponse):
    """A response without a connection."""

    def __init__(self, url: str, body: str) -> None:
        super().__init__(url, 200, HTTPHeaders(), None)
        self._content = body.encode()
