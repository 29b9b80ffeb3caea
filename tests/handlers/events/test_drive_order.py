"""Drive order. Guarantee 4: a message whose order was not driven is redelivered."""

import json
import threading
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from lambdas.events import drive_order
from ordering.domain.order import OrderId
from ordering.resilience.concurrency import Concurrency
from ordering.resilience.pacing import back_off_seconds
from tests.support.aws_calls import AwsCalls, client_error, fails
from tests.support.driving import Ending, Machine, back_offs, drive, ends, failures, message, raises
from tests.support.environment import MACHINE_ARN, QUEUE_URL
from tests.support.logs import Logs
from tests.support.orders import an_order
from tests.support.recorded import recorded
from tests.support.world import World

# -- driving -------------------------------------------------------------------------------------------


def test_a_message_starts_the_saga_for_its_order(machine: Machine) -> None:
    failures(recorded("sqs_order_queue"))
    (started,) = machine.started
    assert (started["stateMachineArn"], json.loads(started["input"])) == (
        MACHINE_ARN,
        {"orderId": "67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc"},
    )


def test_message_of_a_driven_order_is_acknowledged(machine: Machine) -> None:
    assert failures(recorded("sqs_order_queue")) == []


def test_every_message_of_a_batch_is_driven_once(machine: Machine) -> None:
    drive(*[message(f"order-{number}") for number in range(10)])
    started = sorted(json.loads(each["input"])["orderId"] for each in machine.started)
    assert started == [f"order-{number}" for number in range(10)]


def test_every_receive_of_a_message_starts_its_own_execution(machine: Machine) -> None:
    drive(message("order-0"), receives=1)
    drive(message("order-0"), receives=2)
    assert [each["name"] for each in machine.started] == ["message-0-1", "message-0-2"]


def test_execution_name_is_valid_for_step_functions(machine: Machine) -> None:
    event = recorded("sqs_order_queue")
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = "1000"
    failures(event)
    assert len(machine.started[0]["name"]) <= 80


def test_messages_of_a_batch_are_driven_concurrently(machine: Machine) -> None:
    together = threading.Barrier(10, timeout=10)

    def waits_for_the_others() -> dict[str, Any]:
        together.wait()
        return ends("SUCCEEDED")()

    machine.endings = {f"order-{number}": waits_for_the_others for number in range(10)}
    drive_order.process.concurrency = Concurrency(10)
    assert drive(*map(message, machine.endings)) == []


def test_empty_batch_is_acknowledged(machine: Machine) -> None:
    assert failures({"Records": []}) == []


def test_read_timeout_of_the_saga_call_exceeds_the_machine_timeout(machine: Machine, calls: AwsCalls) -> None:
    drive(message("order-0"))
    assert calls.config("StartSyncExecution").read_timeout == 130


def test_sdk_never_retries_the_start_of_the_saga(machine: Machine, calls: AwsCalls) -> None:
    drive(message("order-0"))
    assert calls.config("StartSyncExecution").retries["total_max_attempts"] == 1


def test_client_has_a_connection_for_every_message_of_a_batch(machine: Machine, calls: AwsCalls) -> None:
    drive(message("order-0"))
    assert calls.config("StartSyncExecution").max_pool_connections >= 10


# -- failures ------------------------------------------------------------------------------------------

ENDINGS: dict[str, Ending] = {
    "failed": ends("FAILED", error="OrderKeepsMoving", cause="it moved"),
    "failed without a word": ends("FAILED"),
    "timed out": ends("TIMED_OUT"),
    "aborted": ends("ABORTED"),
    "no answer": raises(ReadTimeoutError(endpoint_url="https://states.eu-west-1.amazonaws.com")),
    "no connection": raises(ConnectTimeoutError(endpoint_url="https://states.eu-west-1.amazonaws.com")),
    "throttled": raises(client_error("ThrottlingException", "StartSyncExecution")),
    "no such machine": raises(client_error("StateMachineDoesNotExist", "StartSyncExecution")),
    "an answer of no form": dict,
    "an unexpected error": raises(ZeroDivisionError()),
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_message_of_an_order_that_was_not_driven_is_redelivered(machine: Machine, ending: Ending) -> None:
    machine.endings = {"order-0": ending}
    assert drive(message("order-0")) == ["message-0"]


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_only_the_failed_message_of_a_batch_is_redelivered(machine: Machine, ending: Ending) -> None:
    machine.endings = {"order-1": ending}
    assert drive(message("order-0"), message("order-1"), message("order-2")) == ["message-1"]


@pytest.mark.parametrize(
    "body",
    ["", "order-1", "[]", "{}", '{"orderId":5}', '{"orderId":null}', '{"order_id":"order-1"}', "\ud800"],
    ids=ascii,
)
def test_unreadable_message_alone_is_redelivered(machine: Machine, body: str) -> None:
    assert drive(message("order-0"), body, message("order-2")) == ["message-1"]


def test_unreadable_message_starts_no_execution(machine: Machine) -> None:
    drive("{}")
    assert machine.started == []


def test_two_messages_of_one_order_fail_or_succeed_independently(machine: Machine) -> None:
    outcomes = iter([ends("SUCCEEDED"), ends("FAILED")])
    lock = threading.Lock()

    def one_of_each() -> dict[str, Any]:
        with lock:
            return next(outcomes)()

    machine.endings = {"order-0": one_of_each}
    assert len(drive(message("order-0"), message("order-0"))) == 1


def test_every_message_is_redelivered_if_all_fail(machine: Machine) -> None:
    machine.endings = {f"order-{number}": ends("FAILED") for number in range(3)}
    assert drive(*map(message, machine.endings)) == ["message-0", "message-1", "message-2"]


# -- back-off ------------------------------------------------------------------------------------------


def test_failed_message_is_delayed(machine: Machine, calls: AwsCalls) -> None:
    machine.endings = {"order-0": ends("FAILED")}
    drive(message("order-0"))
    ((handle, seconds),) = back_offs(calls)
    assert (handle, 7 <= seconds <= 15) == ("handle-0", True)


@pytest.mark.parametrize("receives", [1, 3, 5])
def test_delay_of_a_message_grows_with_its_failures(machine: Machine, calls: AwsCalls, receives: int) -> None:
    machine.endings = {"order-0": ends("FAILED")}
    drive(message("order-0"), receives=receives)
    ((_, seconds),) = back_offs(calls)
    assert back_off_seconds(receives, 1) <= seconds <= back_off_seconds(receives, 0)


def test_delay_is_set_on_the_order_queue(machine: Machine, calls: AwsCalls) -> None:
    machine.endings = {"order-0": ends("FAILED")}
    drive(message("order-0"))
    assert [call["QueueUrl"] for call in calls.made("ChangeMessageVisibilityBatch")] == [QUEUE_URL]


def test_only_failed_messages_are_delayed(machine: Machine, calls: AwsCalls) -> None:
    machine.endings = {"order-1": ends("FAILED")}
    drive(message("order-0"), message("order-1"), message("order-2"))
    assert [handle for handle, _ in back_offs(calls)] == ["handle-1"]


def test_unreadable_message_is_delayed_too(machine: Machine, calls: AwsCalls) -> None:
    drive("{}")
    assert [handle for handle, _ in back_offs(calls)] == ["handle-0"]


def test_message_is_redelivered_even_if_its_delay_cannot_be_set(machine: Machine, calls: AwsCalls) -> None:
    machine.endings = {"order-0": ends("FAILED"), "order-1": ends("FAILED")}
    calls.always("ChangeMessageVisibilityBatch", fails("ServiceUnavailable"))
    assert drive(message("order-0"), message("order-1")) == ["message-0", "message-1"]


# -- the cause stays with the order ----------------------------------------------------------------------


def cause_of(world: World, order_id: OrderId) -> str | None:
    fault = world.details(order_id).order.fault
    return fault.cause if fault else None


def test_order_that_was_not_driven_keeps_the_cause(machine: Machine, world: World) -> None:
    order_id = an_order(world)
    machine.endings = {order_id: ends("FAILED", error="NotSettled", cause="payment 1 is AUTHORISED")}
    drive(message(order_id))
    assert cause_of(world, order_id) == "ExecutionFailed: FAILED: NotSettled: payment 1 is AUTHORISED"


def test_driven_order_has_no_cause(machine: Machine, world: World) -> None:
    order_id = an_order(world)
    drive(message(order_id))
    assert cause_of(world, order_id) is None


def test_cause_of_a_failure_is_cut_to_its_maximum_length(machine: Machine, world: World) -> None:
    order_id = an_order(world)
    machine.endings = {order_id: raises(RuntimeError("x" * 400_000))}
    drive(message(order_id))
    assert len(cause_of(world, order_id) or "") == 1000


def test_noting_a_cause_makes_no_new_version(machine: Machine, world: World) -> None:
    order_id = an_order(world)
    machine.endings = {order_id: ends("FAILED")}
    drive(message(order_id))
    assert world.details(order_id).order.version == 1


def test_order_that_has_ended_concurrently_gets_no_cause(machine: Machine, world: World) -> None:
    order_id = an_order(world, "fulfilled")
    before = world.items()
    machine.endings = {order_id: ends("TIMED_OUT")}
    assert drive(message(order_id)) == ["message-0"]
    assert world.items() == before


def test_unknown_order_is_not_created_by_noting_a_cause(machine: Machine, world: World) -> None:
    machine.endings = {"order-0": ends("FAILED")}
    drive(message("order-0"))
    assert world.items() == []


def test_message_is_redelivered_even_if_the_cause_cannot_be_noted(machine: Machine, calls: AwsCalls) -> None:
    machine.endings = {"order-0": ends("FAILED")}
    calls.next("UpdateItem", fails("InternalServerError"))
    assert (drive(message("order-0")), len(back_offs(calls))) == (["message-0"], 1)


# -- the log -------------------------------------------------------------------------------------------


def test_log_names_the_driven_orders(machine: Machine, logs: Logs) -> None:
    drive(message("order-0"))
    assert [line["order_id"] for line in logs.lines if line["message"] == "driven"] == ["order-0"]


def test_log_gives_the_cause_why_an_order_was_not_driven(machine: Machine, logs: Logs) -> None:
    machine.endings = {"order-0": ends("FAILED", error="NotSettled", cause="payment 1 is AUTHORISED")}
    drive(message("order-0"))
    (line,) = [line for line in logs.lines if line["level"] == "ERROR"]
    # `orders-ops show` finds the line, and the log of the execution, by these.
    assert (line["order_id"], line["execution"]) == ("order-0", machine.started[0]["name"])
    assert "FAILED: NotSettled: payment 1 is AUTHORISED" in line["exception"]
