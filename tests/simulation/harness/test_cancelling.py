"""A customer cancels at every point of an order's path."""

import pytest

from tests.simulation.harness.conftest import OpenScenario
from tests.simulation.harness.scenario_run import Scenario, ScenarioRun
from tests.simulation.harness.scenarios import (
    BOOKED_FIRST,
    DECLINED,
    FULFILLED,
    REFUSED_AT_CAPTURE,
    REFUSED_BY_CARRIER,
)
from tests.support.injection_points import Where, after, before, before_call


@pytest.mark.parametrize("overtaken", [False, True], ids=["alone", "and-another-execution"])
@pytest.mark.parametrize(
    ("scenario", "since"),
    [(FULFILLED, "Load order"), (BOOKED_FIRST, "Book shipment")],
    ids=["captured-first", "booked-first"],
)
def test_a_cancellation_is_either_accepted_and_kept_or_refused(
    scenario: Scenario, since: str, overtaken: bool, open_scenario: OpenScenario
) -> None:
    granted = []
    for call in open_scenario(scenario).calls(since):
        run = open_scenario(scenario)

        def cancel(run: ScenarioRun = run) -> None:
            run.cancel()
            if overtaken:
                run.drive()

        run.saga.at(before_call(call.number), cancel)
        try:
            assert run.drive().succeeded
            run.check(cancelled=run.cancellations == [True])
        except AssertionError as failure:
            failure.add_note(f"cancelled before call {call.number}: {call.target} in {call.step.state}")
            raise
        granted += run.cancellations
    # It is accepted up to a certain call, and refused after it.
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
def test_a_late_cancellation_changes_nothing(
    scenario: Scenario, where: Where, open_scenario: OpenScenario
) -> None:
    run = open_scenario(scenario)
    run.saga.at(where, run.cancel)
    assert run.drive().trail == scenario.trail
    assert run.cancellations == [False]
    run.check()


def test_repeated_cancellations_cancel_the_order_once(open_scenario: OpenScenario) -> None:
    run = open_scenario(FULFILLED)
    run.saga.at(after("Confirm order"), run.cancel)
    run.saga.at(after("Void or refund payment"), run.cancel)
    run.drive()
    run.cancel()
    assert run.cancellations == [True, True, True]
    assert [move.status for move in run.details.order.history] == [
        "PENDING",
        "CONFIRMED",
        "CANCELLING",
        "CANCELLED",
    ]
    run.check(cancelled=True)


def test_an_order_cancelled_before_its_first_execution_takes_nothing(
    open_scenario: OpenScenario,
) -> None:
    run = open_scenario(FULFILLED)
    run.cancel()
    execution = run.drive()
    assert execution.trail[0] == ("Load order", "CANCELLING")
    assert (run.details.reservation, run.details.payments, run.details.shipment) == (None, (), None)
    run.check(cancelled=True)
