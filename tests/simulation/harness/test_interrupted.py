"""Paths with an operator, another execution or a flaky provider: interrupted after each state.

All other paths are searched completely, call by call: `tests/simulation/interleaving/test_interleavings.py`.
"""

import pytest

from tests.simulation.harness.conftest import OpenScenario
from tests.simulation.harness.scenario_run import Scenario, ScenarioRun
from tests.simulation.harness.scenarios import NEW_STEPS, SEARCHED, step_id
from tests.support.faults import die
from tests.support.injection_points import after

STEPS = [step for step in NEW_STEPS if step[0] not in SEARCHED]


def test_every_path_is_searched_or_interrupted_here() -> None:
    assert {path for path, _, _ in NEW_STEPS} == {*SEARCHED, *(path for path, _, _ in STEPS)}


@pytest.mark.parametrize(("scenario", "state", "visit"), STEPS, ids=map(step_id, STEPS))
def test_the_next_execution_continues_after_one_that_died(
    scenario: Scenario, state: str, visit: int, open_scenario: OpenScenario
) -> None:
    run = open_scenario(scenario)
    death = run.saga.at(after(state, visit), die)
    first, *more = run.drive_to_the_end()
    assert death.fired == 1
    assert first.status == "TIMED_OUT"
    assert len(more) == 1
    run.check()


@pytest.mark.parametrize(("scenario", "state", "visit"), STEPS, ids=map(step_id, STEPS))
def test_an_execution_that_was_overtaken_changes_nothing(
    scenario: Scenario, state: str, visit: int, open_scenario: OpenScenario
) -> None:
    run = open_scenario(scenario)
    ends = []

    def run_another(run: ScenarioRun = run) -> None:
        assert run.drive().succeeded
        ends.append(run.world.items())

    pause = run.saga.at(after(state, visit), run_another)
    assert run.drive().succeeded
    assert pause.fired == 1
    run.check()
    assert run.world.items() == ends[0]
