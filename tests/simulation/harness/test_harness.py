"""The harness itself: what happens in it is what a test asked for, it is seen, and it can be repeated."""

from random import Random

import pytest

from tests.simulation.harness.conftest import Stage
from tests.simulation.harness.scenarios import FULFILLED, REFUSED_BY_CARRIER
from tests.support import invariants
from tests.support.faults import AnswerLost, Throttled, Unavailable, crash, die, fail
from tests.support.injection_points import after, after_call, before, before_call
from tests.support.interleaving import in_turn, interleaved
from tests.support.machine import Saga
from tests.support.world import World


def test_the_calls_of_an_execution_are_the_same_every_time(stage: Stage) -> None:
    calls = [[(call.number, call.target) for call in stage(FULFILLED).calls()] for _ in range(2)]
    assert calls[0] == calls[1]
    assert [number for number, _ in calls[0]] == list(range(1, len(calls[0]) + 1))
    assert {"dynamodb.Query", "dynamodb.TransactWriteItems", "payments.authorise", "shipping.book"} <= {
        target for _, target in calls[0]
    }


def test_a_fault_whose_moment_never_comes_has_not_fired(stage: Stage) -> None:
    play = stage(FULFILLED)
    never = play.saga.at(before("Turn back"), die)
    assert play.drive().succeeded
    assert never.fired == 0


def test_a_call_that_fails_before_it_goes_out_has_no_effect(stage: Stage) -> None:
    play = stage(FULFILLED)
    facts = play.facts()
    play.saga.at(before_call(to="dynamodb.TransactWriteItems"), fail(Throttled), times=None)
    assert play.drive().status == "FAILED"
    assert play.facts() == facts


def test_a_call_whose_answer_is_lost_has_its_effect(stage: Stage) -> None:
    play = stage(FULFILLED)
    play.saga.at(after_call(3), fail(AnswerLost), times=3)
    assert play.drive().trail[1:3] == (("Reserve stock", "ReadTimeoutError"), ("Reserve stock", "RESERVED"))
    writes = [call for call in play.saga.calls if call.target == "dynamodb.TransactWriteItems"]
    assert {call.step.attempt for call in writes if call.step.state == "Reserve stock"} == {1}


def test_the_sdks_tries_are_one_call_and_the_state_machines_are_several(stage: Stage) -> None:
    play = stage(FULFILLED)
    play.saga.at(before_call(3), fail(Unavailable), times=3)
    play.drive()
    assert [(call.number, call.attempt, call.step.attempt) for call in play.saga.calls[2:7]] == [
        (3, 1, 1),
        (3, 2, 1),
        (3, 3, 1),
        (4, 1, 2),
        (5, 1, 2),
    ]


def test_no_try_waits_in_earnest(stage: Stage) -> None:
    play = stage(FULFILLED)
    play.saga.at(before_call(to="shipping.book"), fail(Unavailable), times=4)
    assert play.drive().error == "GatewayUnavailable"
    assert len(play.saga.naps) == 3


def test_a_lost_execution_does_nothing_more_and_says_nothing_of_its_last_step(stage: Stage) -> None:
    play = stage(FULFILLED)
    play.saga.at(after("Capture payment"), die)
    execution = play.drive()
    assert execution.status == "TIMED_OUT"
    assert execution.trail == FULFILLED.trail[:4]
    assert "Book shipment" not in execution.states


def test_a_lost_process_is_a_fault_of_its_step(stage: Stage) -> None:
    play = stage(FULFILLED)
    play.saga.at(before_call(to="payments.capture"), crash)
    assert ("Capture payment", "ProcessLost") in play.drive().trail


def test_a_fault_in_one_branch_leaves_the_other_to_its_end(stage: Stage) -> None:
    play = stage(FULFILLED)
    play.saga.at(before("Capture payment"), fail(Unavailable), times=4)
    execution = play.drive()
    assert execution.status == "FAILED"
    assert execution.trail[-1] == ("Book shipment", "BOOKED")


def test_an_action_that_fails_fails_its_test(stage: Stage) -> None:
    def fail_the_test() -> None:
        raise AssertionError("what the test found")

    play = stage(FULFILLED)
    play.saga.at(before("Confirm order"), fail_the_test)
    with pytest.raises(AssertionError, match="what the test found"):
        play.drive()


def test_what_another_execution_does_in_between_is_counted_as_its_own(stage: Stage) -> None:
    play = stage(FULFILLED)
    play.saga.at(before_call(7), play.drive)
    play.drive()
    numbers: dict[str, list[int]] = {}
    for call in play.saga.calls:
        numbers.setdefault(call.step.execution, []).append(call.number)
    assert len(numbers) == 2
    assert all(each == list(range(1, len(each) + 1)) for each in numbers.values())


def test_turns_are_taken_as_they_are_given(stage: Stage) -> None:
    play = stage(FULFILLED)
    interleaved(play.saga, play.order_id, in_turn())
    players = [call.step.execution[0] for call in play.saga.calls]
    assert players[:8] == ["0", "1"] * 4


def test_the_same_lots_make_the_same_play(stage: Stage) -> None:
    made = []
    for _ in range(2):
        play = stage(REFUSED_BY_CARRIER)
        interleaved(play.saga, play.order_id, Random(3).choice)  # noqa: S311 (repeatable, not secret)
        made.append([(call.step.execution[0], call.target) for call in play.saga.calls])
    assert made[0] == made[1]


def test_a_scenario_begins_anew_each_time(stage: Stage) -> None:
    play = stage(FULFILLED)
    facts = play.facts()
    play.drive()
    assert play.facts() != facts
    assert stage(FULFILLED).facts() == facts


def test_an_empty_shop_can_be_played_in_as_well(world: World, saga: Saga) -> None:
    order_id = world.stocked().place_order()
    assert saga.drive(order_id).trail == FULFILLED.trail
    invariants.check(world)
