"""Drive order, when something is slow. Guarantee 4: only the messages that are not done are redelivered."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from lambdas.events import drive_order
from ordering.aws.clients import BRISK, ONCE
from ordering.repositories.keys import order_keys
from ordering.resilience import budget, parallel
from ordering.resilience.concurrency import Concurrency, LoadSignal
from ordering.resilience.pacing import LAST_RECEIVE
from tests.support.aws_calls import AwsCalls, Send
from tests.support.client_calls import Parameters
from tests.support.driving import Machine, back_offs, drive, ends, failures, message
from tests.support.orders import an_order
from tests.support.recorded import queue_event
from tests.support.world import Context, World
from tests.synth import Synthesised, synthesised

# The time that an invocation has besides its reserve.
_TIME = 100.0


class FunctionClock:
    """The clock of `drive_order`. It moves only when a test moves it, or by `tick` each time it is read."""

    def __init__(self) -> None:
        self.now = 0.0
        self.tick = 0.0

    def monotonic(self) -> float:
        """Returns the present time in seconds, as `time.monotonic` does."""
        self.now += self.tick
        return self.now


def _context(seconds: float) -> Context:
    """Returns the context of a function that has this much time besides its reserve."""
    return Context(remaining_milliseconds=round((seconds + budget.RESERVE_SECONDS) * 1000))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FunctionClock:
    """Replace the clock of `drive_order`, which reads it every few milliseconds while it waits."""
    clock = FunctionClock()
    monkeypatch.setattr(drive_order, "time", clock)
    monkeypatch.setattr(parallel, "until", partial(parallel.until, clock=clock.monotonic))
    monkeypatch.setattr(budget, "HELD_UP_SECONDS", 0.01)
    return clock


@pytest.fixture
def patience() -> Iterator[threading.Event]:
    """Set at the end of the test. Hanging executions end then, before the fakes of AWS are removed."""
    before = set(threading.enumerate())
    enough = threading.Event()
    yield enough
    enough.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)


@pytest.fixture(autouse=True)
def ten_at_once(machine: Machine) -> None:
    """The initial concurrency: up to ten orders at once."""
    drive_order.process.concurrency = Concurrency(10)


def _hangs(enough: threading.Event, clock: FunctionClock | None = None) -> Any:
    """Returns an execution that does not end by itself. With a clock, it uses up the invocation's time."""

    def ending() -> dict[str, Any]:
        if clock:
            clock.now += _TIME
        enough.wait(30)
        return ends("SUCCEEDED")()

    return ending


def test_slow_order_alone_is_reported_as_failed(
    machine: Machine, patience: threading.Event, clock: FunctionClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function's time is up as soon as the nine others have ended, however slow the machine is."""
    endings = 0
    adjust_concurrency = drive_order._adjust_concurrency

    def count(signal: LoadSignal, begun: float, ended: float) -> None:
        nonlocal endings
        endings += 1
        adjust_concurrency(signal, begun, ended)
        if endings == 9:
            clock.now += _TIME

    monkeypatch.setattr(drive_order, "_adjust_concurrency", count)
    machine.endings = {"order-3": _hangs(patience)}
    assert drive(*[message(f"order-{n}") for n in range(10)], context=_context(_TIME)) == ["message-3"]


@pytest.mark.slow
def test_function_returns_before_its_timeout(
    machine: Machine, patience: threading.Event, clock: FunctionClock
) -> None:
    machine.endings = {"order-0": _hangs(patience)}
    clock.tick = 1.0
    assert drive(message("order-0"), context=_context(_TIME)) == ["message-0"]
    assert _TIME <= clock.now < _TIME + budget.RESERVE_SECONDS / 2


def test_slow_order_is_not_driven_again_while_its_execution_may_run(
    machine: Machine, calls: AwsCalls, patience: threading.Event, clock: FunctionClock
) -> None:
    machine.endings = {"order-0": _hangs(patience, clock)}
    drive(message("order-0"), context=_context(_TIME))
    assert back_offs(calls) == [("handle-0", budget.LEASE_SECONDS)]
    assert drive(message("order-0"), receives=2) == ["message-0"]
    assert len(machine.started) == 1


@pytest.mark.slow
def test_one_slow_order_does_not_delay_the_acknowledgement_of_nine_others(
    machine: Machine, calls: AwsCalls, patience: threading.Event, clock: FunctionClock
) -> None:
    acknowledged: list[str] = []

    def deleted(parameters: Parameters, send: Send) -> Any:
        acknowledged.extend(entry["ReceiptHandle"] for entry in parameters["Entries"])
        if len(acknowledged) == 9:
            patience.set()
        return {}

    calls.always("DeleteMessageBatch", deleted)
    machine.endings = {"order-3": _hangs(patience)}
    # The slow execution ends only when the nine other messages have been deleted.
    assert drive(*[message(f"order-{n}") for n in range(10)], context=_context(_TIME)) == []
    assert sorted(acknowledged) == sorted(f"handle-{n}" for n in range(10) if n != 3)


def test_batch_without_slow_orders_is_acknowledged_by_the_response_alone(
    machine: Machine, calls: AwsCalls
) -> None:
    drive(*[message(f"order-{n}") for n in range(10)])
    assert calls.made("DeleteMessageBatch") == []


def test_orders_not_started_in_time_are_redelivered_soon(
    machine: Machine, calls: AwsCalls, clock: FunctionClock
) -> None:
    def ends_late() -> dict[str, Any]:
        clock.now += budget.BEGIN_SECONDS
        return ends("SUCCEEDED")()

    drive_order.process.concurrency = Concurrency(1)
    machine.endings = {"order-0": ends_late}
    failed = drive(message("order-0"), message("order-1"), message("order-2"), context=_context(_TIME))
    assert failed == ["message-1", "message-2"]
    put_off = dict(back_offs(calls))
    first, last = budget.NOT_BEGUN_SECONDS
    assert all(first <= put_off[f"handle-{n}"] <= last for n in (1, 2))
    assert [json_of(each) for each in machine.started] == ["order-0"]


def json_of(started: Parameters) -> str:
    """The order that an execution was started for."""
    return str(started["input"]).partition(': "')[2].rstrip('"}')


def test_all_failed_messages_are_delayed_in_one_call(machine: Machine, calls: AwsCalls) -> None:
    machine.endings = {f"order-{n}": ends("FAILED") for n in range(10)}
    drive(*map(message, machine.endings))
    assert [len(call["Entries"]) for call in calls.made("ChangeMessageVisibilityBatch")] == [10]


@pytest.mark.slow
def test_slow_table_delays_no_note_of_another_order(machine: Machine, world: World, calls: AwsCalls) -> None:
    """The faults of three failed orders are written concurrently, not one after the other."""
    ids = [an_order(world) for _ in range(3)]
    machine.endings = {order_id: ends("FAILED", error="KeyError", cause="'lines'") for order_id in ids}
    together = threading.Barrier(3, timeout=10)

    def slow(parameters: Parameters, send: Send) -> Any:
        if "fault" in parameters["UpdateExpression"]:
            together.wait()
        return send()

    calls.always("UpdateItem", slow)
    drive(*map(message, ids))
    assert not together.broken


def test_late_failure_of_an_execution_changes_nothing(
    machine: Machine, world: World, calls: AwsCalls, patience: threading.Event, clock: FunctionClock
) -> None:
    """An execution fails after its message was reported: another driver may have the order by then."""
    order_id = an_order(world)
    over = threading.Event()

    def fails_late() -> dict[str, Any]:
        clock.now += _TIME
        patience.wait(30)
        over.set()
        return ends("FAILED", error="KeyError", cause="'lines'")()

    machine.endings = {order_id: fails_late}
    assert drive(message(order_id), context=_context(_TIME)) == ["message-0"]
    writes = len(calls.made("UpdateItem"))
    patience.set()
    assert over.wait(10)
    assert world.details(order_id).order.fault is None
    assert len(calls.made("UpdateItem")) == writes


# -- the sum of all calls ------------------------------------------------------------------------------


def _longest(config: Any) -> float:
    """Returns the seconds that a call may take: its attempts, and a pause of up to a second between them."""
    tries = config.retries["total_max_attempts"]
    return float(tries * (config.connect_timeout + config.read_timeout) + (tries - 1))


@pytest.fixture(scope="module")
def dev() -> Synthesised:
    """A stage with the default settings of all calls."""
    return synthesised("dev")


@pytest.mark.slow
def test_function_timeout_covers_every_slow_call(machine: Machine, calls: AwsCalls, dev: Synthesised) -> None:
    drive(message("order-0"))
    waits = calls.config("StartSyncExecution")
    assert waits.retries["total_max_attempts"] == 1
    execution = waits.connect_timeout + waits.read_timeout
    # Reading the circuits and the order's ids, taking the lease.
    before = 2 * _longest(ONCE) + _longest(BRISK)
    # Reading the order, and recording the fault in it.
    after = _longest(ONCE) + _longest(BRISK)
    time_out = dev.function("drive_order").properties["Timeout"]
    assert before + execution + after <= time_out - budget.RESERVE_SECONDS
    # One call that delays all failed messages, and a second for the response.
    assert _longest(BRISK) + 1 < budget.RESERVE_SECONDS


def test_failure_reported_by_the_machine_leaves_time_to_note_the_circuit(dev: Synthesised) -> None:
    machine_seconds = 120 + 1
    before = 2 * _longest(ONCE) + _longest(BRISK)
    after = 2 * _longest(BRISK) + _longest(ONCE) + 2 * _longest(BRISK)
    time_out = dev.function("drive_order").properties["Timeout"]
    assert before + machine_seconds + after <= time_out - budget.RESERVE_SECONDS


def test_lease_outlives_the_function_and_ends_before_redelivery(dev: Synthesised) -> None:
    function = dev.function("drive_order").properties
    assert function["Timeout"] < budget.LEASE_SECONDS
    assert int(function["Environment"]["Variables"]["ORDER_VISIBILITY_SECONDS"]) > budget.LEASE_SECONDS


def test_order_started_last_has_time_for_a_whole_hanging_step(dev: Synthesised) -> None:
    function = dev.function("drive_order").properties["Timeout"]
    step = dev.function("load_order").properties["Timeout"]
    assert function - budget.RESERVE_SECONDS - budget.BEGIN_SECONDS > 4 * step


def test_message_not_started_at_its_last_receive_leaves_no_dead_letter(
    world: World, machine: Machine, patience: threading.Event, clock: FunctionClock
) -> None:
    """The next receive could dead-letter the message, so its order is handed over to the sweep."""
    drive_order.process.concurrency = Concurrency(1)
    slow, *others = [an_order(world) for _ in range(3)]
    machine.endings = {slow: _hangs(patience, clock)}
    # The first message was received only once, so its order is still driven.
    event = queue_event(*map(message, (slow, *others)), receives=LAST_RECEIVE)
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = "1"
    assert failures(event, _context(_TIME)) == ["message-0"]
    assert [json.loads(each["input"])["orderId"] for each in machine.started] == [slow]
    assert all(world.table.get(order_keys.order(order_id))["nudgedAt"] for order_id in others)  # type: ignore[index]


def test_message_not_started_at_an_earlier_receive_is_redelivered(
    world: World, machine: Machine, patience: threading.Event, clock: FunctionClock
) -> None:
    drive_order.process.concurrency = Concurrency(1)
    slow, other = an_order(world), an_order(world)
    machine.endings = {slow: _hangs(patience, clock)}
    assert drive(message(slow), message(other), context=_context(_TIME)) == ["message-0", "message-1"]
