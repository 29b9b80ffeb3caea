"""The harness itself: a test controls what happens, and every run is the same."""

import pytest

from tests.simulation.harness.conftest import OpenScenario
from tests.simulation.harness.scenarios import FULFILLED
from tests.support import invariants
from tests.support.faults import ResponseLost, Throttled, Unavailable, crash, die, fail
from tests.support.injection_points import after, after_call, before, before_call
from tests.support.machine import Saga
from tests.support.world import World


def test_the_calls_of_an_execution_are_the_same_every_time(open_scenario: OpenScenario) -> None:
    calls = [[(call.number, call.target) for call in open_scenario(FULFILLED).calls()] for _ in range(2)]
    assert calls[0] == calls[1]
    assert [number for number, _ in calls[0]] == list(range(1, len(calls[0]) + 1))
    assert {"dynamodb.Query", "dynamodb.TransactWriteItems", "payments.authorise", "shipping.book"} <= {
        target for _, target in calls[0]
    }


def test_a_fault_at_a_point_that_is_not_reached_does_not_fire(open_scenario: OpenScenario) -> None:
    run = open_scenario(FULFILLED)
    never = run.saga.at(before("Turn back"), die)
    assert run.drive().succeeded
    assert never.fired == 0


def test_a_call_that_fails_before_it_is_sent_has_no_effect(open_scenario: OpenScenario) -> None:
    run = open_scenario(FULFILLED)
    snapshot = run.snapshot()
    run.saga.at(before_call(to="dynamodb.TransactWriteItems"), fail(Throttled), times=None)
    assert run.drive().status == "FAILED"
    assert run.snapshot() == snapshot


def test_a_call_whose_response_is_lost_takes_effect(open_scenario: OpenScenario) -> None:
    run = open_scenario(FULFILLED)
    run.saga.at(after_call(3), fail(ResponseLost), times=3)
    assert run.drive().trail[1:3] == (("Reserve stock", "ReadTimeoutError"), ("Reserve stock", "RESERVED"))
    writes = [call for call in run.saga.calls if call.target == "dynamodb.TransactWriteItems"]
    assert {call.step.attempt for call in writes if call.step.state == "Reserve stock"} == {1}


def test_retries_of_the_sdk_count_as_one_call_and_those_of_a_step_do_not(open_scenario: OpenScenario) -> None:
    run = open_scenario(FULFILLED)
    run.saga.at(before_call(3), fail(Unavailable), times=3)
    run.drive()
    assert [(call.number, call.attempt, call.step.attempt) for call in run.saga.calls[2:7]] == [
        (3, 1, 1),
        (3, 2, 1),
        (3, 3, 1),
        (4, 1, 2),
        (5, 1, 2),
    ]


def test_retries_do_not_sleep(open_scenario: OpenScenario) -> None:
    run = open_scenario(FULFILLED)
    run.saga.at(before_call(to="shipping.book"), fail(Unavailable), times=4)
    assert run.drive().error == "GatewayUnavailable"
    assert len(run.saga.sleeps) == 3


def test_a_lost_execution_ends_before_the_result_of_its_last_step(
    open_scenario: OpenScenario,
) -> None:
    run = open_scenario(FULFILLED)
    run.saga.at(after("Capture payment"), die)
    execution = run.drive()
    assert execution.status == "TIMED_OUT"
    assert execution.trail == FULFILLED.trail[:4]
    assert "Book shipment" not in execution.states


def test_a_lost_process_fails_its_step(open_scenario: OpenScenario) -> None:
    run = open_scenario(FULFILLED)
    run.saga.at(before_call(to="payments.capture"), crash)
    assert ("Capture payment", "ProcessLost") in run.drive().trail


def test_a_fault_in_one_branch_does_not_stop_the_other(open_scenario: OpenScenario) -> None:
    run = open_scenario(FULFILLED)
    run.saga.at(before("Capture payment"), fail(Unavailable), times=4)
    execution = run.drive()
    assert execution.status == "FAILED"
    assert execution.trail[-1] == ("Book shipment", "BOOKED")


def test_an_exception_in_an_injected_action_fails_the_test(open_scenario: OpenScenario) -> None:
    def fail_the_test() -> None:
        raise AssertionError("what the test found")

    run = open_scenario(FULFILLED)
    run.saga.at(before("Confirm order"), fail_the_test)
    with pytest.raises(AssertionError, match="what the test found"):
        run.drive()


def test_calls_are_counted_for_each_execution(open_scenario: OpenScenario) -> None:
    run = open_scenario(FULFILLED)
    run.saga.at(before_call(7), run.drive)
    run.drive()
    numbers: dict[str, list[int]] = {}
    for call in run.saga.calls:
        numbers.setdefault(call.step.execution, []).append(call.number)
    assert len(numbers) == 2
    assert all(each == list(range(1, len(each) + 1)) for each in numbers.values())


def test_a_scenario_starts_from_the_same_state_each_time(open_scenario: OpenScenario) -> None:
    run = open_scenario(FULFILLED)
    snapshot = run.snapshot()
    run.drive()
    assert run.snapshot() != snapshot
    assert open_scenario(FULFILLED).snapshot() == snapshot


def test_an_order_can_be_driven_in_an_empty_shop(world: World, saga: Saga) -> None:
    order_id = world.stocked().place_order()
    assert saga.drive(order_id).trail == FULFILLED.trail
    invariants.check(world)
