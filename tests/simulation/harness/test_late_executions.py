"""Two executions of one order: one stops, the other runs to the end, and the first goes on as a zombie.

Where the first sleeps before a call, what it has read is out of date by the time it writes. A scenario is
tried from where its way parts from those before it.
"""

import pytest

from tests.simulation.harness.conftest import Stage
from tests.simulation.harness.scenario_run import Scenario, ScenarioRun
from tests.simulation.harness.scenarios import (
    BOOKED_FIRST,
    DECLINED,
    FULFILLED,
    OUT_OF_STOCK,
    PARTED,
    REFUSED_AT_CAPTURE,
    REFUSED_BY_CARRIER,
    step_id,
)
from tests.support.injection_points import Where, after, before_call
from tests.support.machine import Execution

AT_CALLS = {
    FULFILLED: "Load order",
    BOOKED_FIRST: "Book shipment",
    OUT_OF_STOCK: "Reserve stock",
    DECLINED: "Authorise payment",
    REFUSED_BY_CARRIER: "Book shipment",
    REFUSED_AT_CAPTURE: "Authorise again",
}
AT_STATES = [step for step in PARTED if step[0] not in AT_CALLS]


@pytest.mark.parametrize(("scenario", "since"), AT_CALLS.items(), ids=map(str, AT_CALLS))
def test_an_execution_that_slept_before_a_call_changes_nothing_when_it_wakes(
    scenario: Scenario, since: str, stage: Stage
) -> None:
    for call in stage(scenario).calls(since):
        try:
            _overtake(stage(scenario), before_call(call.number))
        except AssertionError as failure:
            failure.add_note(f"asleep before call {call.number}: {call.target} in {call.step.state}")
            raise


@pytest.mark.parametrize(("scenario", "state", "visit"), AT_STATES, ids=map(step_id, AT_STATES))
def test_an_execution_that_slept_after_a_state_changes_nothing_when_it_wakes(
    scenario: Scenario, state: str, visit: int, stage: Stage
) -> None:
    _overtake(stage(scenario), after(state, visit))


def _overtake(play: ScenarioRun, where: Where) -> None:
    """Let one execution sleep at a moment while another runs to the end; check that this end stands."""
    others: list[Execution] = []
    ends = []

    def run_another() -> None:
        others.append(play.drive())
        ends.append(play.world.items())

    sleep = play.saga.at(where, run_another)
    zombie = play.drive()
    assert sleep.fired == 1
    assert others[0].succeeded
    assert zombie.succeeded
    play.check()
    assert play.world.items() == ends[0]
