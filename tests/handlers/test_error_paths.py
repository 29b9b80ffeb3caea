"""Code that records, reports or parks an error gets errors of every kind: no input blocks the next one."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ordering.aws.clients import is_input_error
from ordering.domain.clock import ago, now
from ordering.domain.order import LONGEST_CAUSE, OrderId, error_text, fault_of
from ordering.repositories.keys import driving_keys, order_keys
from ordering.resilience.pacing import LONGEST_BACK_OFF_SECONDS, back_off_seconds
from tests.support import hostile
from tests.support.aws_calls import AwsCalls, Send, client_error, fails
from tests.support.client_calls import Parameters
from tests.support.environment import QUEUE_URL
from tests.support.logs import Logs
from tests.support.orders import an_order, overwrite
from tests.support.recorded import queue_event
from tests.support.world import World, invoke


class UnprintableError(Exception):
    """An error whose text cannot be read."""

    def __str__(self) -> str:
        raise RecursionError


# -- texts ---------------------------------------------------------------------------------------------


@given(said=st.one_of(hostile.long_texts, st.text(st.characters())))
def test_error_text_is_bounded_and_valid_utf_8(said: str) -> None:
    text = error_text(ValueError(said))
    assert text.startswith("ValueError: ")
    # A lone surrogate is written as an escape of six characters.
    assert len(text) <= 6 * LONGEST_CAUSE
    text.encode()


def test_error_without_a_text_is_described_by_its_name() -> None:
    assert error_text(UnprintableError()) == "UnprintableError"


@given(said=st.text(st.characters()))
def test_fault_text_can_always_be_stored_in_an_item(said: str) -> None:
    json.dumps(fault_of(ValueError(said), at=now()).cause, ensure_ascii=False).encode()


@pytest.mark.parametrize("receives", [1, 8, 12, 1000, 10**9])
def test_back_off_is_bounded_for_any_number_of_receives(receives: int) -> None:
    assert 0 < back_off_seconds(receives, 0.5) <= LONGEST_BACK_OFF_SECONDS


@pytest.mark.parametrize(
    ("error", "is_input"),
    [
        (client_error("ValidationException", "GetItem"), True),
        (client_error("InvalidMessageContents", "SendMessage"), True),
        (client_error("AccessDeniedException", "GetItem"), False),
        (client_error("ThrottlingException", "GetItem"), False),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no"), True),
        (RecursionError(), True),
        (OverflowError(), True),
        (KeyError("x"), True),
        (TimeoutError(), False),
        (ConnectionError(), False),
    ],
    ids=repr,
)
def test_error_of_one_input_is_distinguished_from_an_error_of_all(error: Exception, is_input: bool) -> None:
    assert is_input_error(error) is is_input


# -- drive_order ---------------------------------------------------------------------------------------


def drive(*bodies: str) -> list[str]:
    answer = invoke("events.drive_order", queue_event(*bodies))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture
def saga(world: World, calls: AwsCalls) -> AwsCalls:
    """A state machine that succeeds for ids that are UUIDs; others fail with the id as their error."""

    def run(parameters: Parameters, send: Send) -> Any:
        order_id = json.loads(parameters["input"])["orderId"]
        if len(order_id) == 36:
            return {"status": "SUCCEEDED"}
        return {"status": "FAILED", "error": order_id, "cause": order_id}

    def strict(parameters: Parameters, send: Send) -> Any:
        if len(parameters["Key"]["PK"]["S"].encode()) > 2048:
            raise client_error("ValidationException", "UpdateItem")
        json.dumps(parameters, ensure_ascii=False).encode()
        return send()

    calls.always("StartSyncExecution", run)
    calls.always("ChangeMessageVisibility", lambda parameters, send: {})
    calls.always("UpdateItem", strict)
    return calls


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=hostile.bodies)
def test_message_that_fails_does_not_block_another_order(saga: AwsCalls, body: str) -> None:
    before, after = (json.dumps({"orderId": f"67ac7c2f-9402-853b-aeb2-e3a1fe83d8f{n}"}) for n in (1, 2))
    assert drive(before, body, after) == ["message-1"]


def test_fault_with_any_text_is_noted(world: World, saga: AwsCalls) -> None:
    order_id = an_order(world)

    def odd(parameters: Parameters, send: Send) -> Any:
        return {"status": "FAILED", "error": "\ud800\x00", "cause": "\uffff" * 2000}

    saga.always("StartSyncExecution", odd)
    assert drive(json.dumps({"orderId": order_id})) == ["message-0"]
    fault = world.details(order_id).order.fault
    assert fault
    assert fault.cause.startswith("ExecutionFailed: FAILED: \\ud800\x00")


# -- reconcile_orders ----------------------------------------------------------------------------------


def sweep() -> dict[str, int]:
    done: dict[str, int] = invoke("scheduled.reconcile_orders", {})
    return done


def driven() -> set[str]:
    found: set[str] = set()
    while (
        messages := boto3.client("sqs")
        .receive_message(QueueUrl=QUEUE_URL, MaxNumberOfMessages=10)
        .get("Messages", [])
    ):
        found |= {json.loads(message["Body"])["orderId"] for message in messages}
    return found


def stuck_order(world: World, **facts: Any) -> OrderId:
    order_id = world.stocked().place_order()
    overwrite(world, order_keys.order(order_id), GSI2SK=ago(hours=1), **facts)
    return order_id


ODD_FACTS: dict[str, dict[str, Any]] = {
    "a status that is a number": {"status": 5},
    "no status": {"status": None},
    "no time": {"updatedAt": None, "createdAt": None},
    "not a time": {"updatedAt": "yesterday"},
    "the first day": {"updatedAt": "0001-01-01T00:00:00+14:00"},
    "another id": {"orderId": 5},
    "attempts that are text": {"attempts": "many"},
    "a negative number of attempts": {"attempts": -1},
    "too many attempts for a number": {"attempts": 10**30},
    "nudged at no time": {"nudgedAt": "garbage"},
    "nudged at a time without an offset": {"nudgedAt": "2026-11-21T12:00:00"},
    "nudged at a number": {"nudgedAt": 5},
}


@pytest.mark.slow
@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize("facts", ODD_FACTS.values(), ids=ODD_FACTS)
def test_order_that_fails_does_not_block_the_sweep_of_others(
    world: World, logs: Logs, facts: dict[str, Any]
) -> None:
    """The order itself is driven too, if possible: then the saga reports what is wrong with it."""
    before, odd, behind = stuck_order(world), stuck_order(world, **facts), stuck_order(world)
    sweep()
    assert {before, behind} <= driven() <= {before, odd, behind}
    assert "swept" in logs.messages()


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize("until", ["soon", None, {"at": 5}], ids=["a text", "nothing", "a map"])
def test_malformed_lease_does_not_block_the_sweep_of_others(world: World, until: object) -> None:
    odd, behind = stuck_order(world), stuck_order(world)
    lease: dict[str, Any] = {**driving_keys.lease(odd), "holder": "another"}
    world.table.put(
        lease | ({} if until is None else {"messageUntil": until}), condition="attribute_not_exists(PK)"
    )
    sweep()
    assert driven() == {odd, behind}


@pytest.mark.usefixtures("cursor_secret")
@pytest.mark.parametrize("facts", ODD_FACTS.values(), ids=ODD_FACTS)
@pytest.mark.parametrize("limit", ["1", "100"])
def test_unreadable_order_does_not_hide_others_from_an_administrator(
    world: World, facts: dict[str, Any], limit: str
) -> None:
    before, odd, behind = stuck_order(world), stuck_order(world, **facts), stuck_order(world)
    listed: list[str] = []
    query: dict[str, str] | None = {"limit": limit}
    while query:
        page = world.api("admin_list_open_orders", "GET /admin/orders", query=query)
        assert page.status == 200
        listed += [each["orderId"] for each in page.body["orders"]]
        query = {"limit": limit, "cursor": page.body["next"]} if page.body.get("next") else None
    assert {before, behind} <= set(listed) <= {before, odd, behind}


@pytest.mark.slow
@pytest.mark.usefixtures("queue")
def test_order_whose_note_cannot_be_written_is_skipped(world: World, calls: AwsCalls) -> None:
    odd, behind = stuck_order(world), stuck_order(world)
    ids = sorted([odd, behind])

    def refuses(parameters: Parameters, send: Send) -> Any:
        if ids[0] in parameters["Key"]["PK"]["S"]:
            raise client_error("ValidationException", "UpdateItem")
        return send()

    calls.always("UpdateItem", refuses)
    assert sweep()["redriven"] == 1
    assert driven() == {ids[1]}


@pytest.mark.usefixtures("queue")
def test_unavailable_table_fails_the_sweep(world: World, calls: AwsCalls) -> None:
    """No order caused it: the alarm is raised, and the next sweep starts again."""
    stuck_order(world)
    calls.next("UpdateItem", fails("InternalServerError"))
    with pytest.raises(ClientError):
        sweep()


@pytest.mark.usefixtures("queue")
def test_unreadable_order_does_not_block_the_settlement_of_another_payment(world: World) -> None:
    unreadable, owing = an_order(world, "authorised"), an_order(world, "authorised")
    for order_id in (unreadable, owing):
        overwrite(world, order_keys.order(order_id), status="CANCELLED", GSI2PK=None, GSI2SK=None)
        overwrite(world, order_keys.payment(order_id, 1), GSI2SK=ago(hours=1))
    overwrite(world, order_keys.order(unreadable), lines="none")
    assert sweep()["settled"] == 1
    (payment,) = world.details(owing).payments
    assert payment.status == "VOIDED"
