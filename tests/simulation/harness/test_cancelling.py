"""The customer changes their mind, at every moment there is."""

import pytest

from tests.simulation.harness.conftest import Stage
from tests.simulation.harness.scenario_run import Scenario, ScenarioRun
from tests.simulation.harness.scenarios import (
    BOOKED_FIRST,
    DECLINED,
    FULFILLED,
    REFUSED_AT_CAPTURE,
    REFUSED_BY_CARRIER,
)
from tests.support.injection_points import Where, after, before, before_call


@pytest.mark.parametrize("overtaken", [False, True], ids=["alone", "and-another-execution-runs"])
@pytest.mark.parametrize(
    ("scenario", "since"),
    [(FULFILLED, "Load order"), (BOOKED_FIRST, "Book shipment")],
    ids=["captured-first", "booked-first"],
)
def test_a_cancellation_between_any_two_calls_is_granted_and_kept_or_refused(
    scenario: Scenario, since: str, overtaken: bool, stage: Stage
) -> None:
    granted = []
    for call in stage(scenario).calls(since):
        play = stage(scenario)

        def change_of_mind(play: ScenarioRun = play) -> None:
            play.cancel()
            if overtaken:
                play.drive()

        play.saga.at(before_call(call.number), change_of_mind)
        try:
            assert play.drive().succeeded
            play.check(cancelled=play.cancellations == [True])
        except AssertionError as failure:
            failure.add_note(f"cancelled before call {call.number}: {call.target} in {call.step.state}")
            raise
        granted += play.cancellations
    # Up to one call it is granted, and from there on it is refused.
    assert granted == sorted(granted, reverse=True)
    assert set(granted) == {True, False}


@pytest.mark.parametrize(
    ("scenario", "where"),
    [
        pytest.param(FULFILLED, after("Book shipment"), id="the carrier was asked"),
        pytest.param(FULFILLED, after("Complete order"), id="the order is fulfilled"),
        pytest.param(DECLINED, after("Reject order"), id="the order is being rejected"),
        pytest.param(DECLINED, after("Close order"), id="the order is rejected"),
        pytest.param(REFUSED_BY_CARRIER, before("Turn back"), id="the carrier has refused"),
        pytest.param(REFUSED_AT_CAPTURE, before("Authorise again"), id="the payment is tried again"),
    ],
)
def test_a_cancellation_that_comes_too_late_changes_nothing(
    scenario: Scenario, where: Where, stage: Stage
) -> None:
    play = stage(scenario)
    play.saga.at(where, play.cancel)
    assert play.drive().trail == scenario.trail
    assert play.cancellations == [False]
    play.check()


def test_an_order_is_cancelled_once_however_often_the_customer_asks(stage: Stage) -> None:
    play = stage(FULFILLED)
    play.saga.at(after("Confirm order"), play.cancel)
    play.saga.at(after("Void or refund payment"), play.cancel)
    play.drive()
    play.cancel()
    assert play.cancellations == [True, True, True]
    assert [move.status for move in play.details.order.history] == [
        "PENDING",
        "CONFIRMED",
        "CANCELLING",
        "CANCELLED",
    ]
    play.check(cancelled=True)


def test_an_order_that_was_cancelled_before_it_was_ever_driven_takes_nothing(stage: Stage) -> None:
    play = stage(FULFILLED)
    play.cancel()
    execution = play.drive()
    assert execution.trail[0] == ("Load order", "CANCELLING")
    assert (play.details.reservation, play.details.payments, play.details.shipment) == (None, (), None)
    play.check(cancelled=True)
