"""Executions and processes that die, at every state of every way through the saga.

Nothing is written between two states: to die before a state's handler leaves what to die after the one
before it leaves. So each state is left once after its handler took effect, and the first one before.
"""

import pytest

from tests.simulation.harness.conftest import Stage
from tests.simulation.harness.scenario_run import Scenario
from tests.simulation.harness.scenarios import (
    DECLINED,
    FULFILLED,
    OUT_OF_STOCK,
    REFUSED_AT_CAPTURE,
    REFUSED_BY_CARRIER,
    STEPS,
    step_id,
    steps,
)
from tests.support.faults import crash, die
from tests.support.injection_points import after, before


@pytest.mark.parametrize(("scenario", "state", "visit"), STEPS, ids=map(step_id, STEPS))
def test_an_execution_that_dies_after_a_state_is_made_up_for_by_the_next(
    scenario: Scenario, state: str, visit: int, stage: Stage
) -> None:
    play = stage(scenario)
    death = play.saga.at(after(state, visit), die)
    first, *more = play.drive_to_the_end()
    assert death.fired == 1
    assert first.status == "TIMED_OUT"
    assert len(more) == 1
    play.check()


def test_an_execution_that_dies_before_its_first_state_has_done_nothing(stage: Stage) -> None:
    play = stage(FULFILLED)
    facts = play.facts()
    play.saga.at(before("Load order"), die)
    assert play.drive().status == "TIMED_OUT"
    assert play.facts() == facts
    assert play.drive().trail == FULFILLED.trail


@pytest.mark.parametrize(
    "scenario", [FULFILLED, OUT_OF_STOCK, DECLINED, REFUSED_AT_CAPTURE, REFUSED_BY_CARRIER], ids=str
)
def test_a_step_whose_process_dies_after_it_took_effect_is_called_again(
    scenario: Scenario, stage: Stage
) -> None:
    """Each of the scenario's steps loses its process, in one and the same execution."""
    play = stage(scenario)
    deaths = [play.saga.at(after(state, visit), crash) for state, visit in steps(scenario)]
    execution = play.drive()
    assert execution.succeeded
    assert all(death.fired for death in deaths)
    play.check()
