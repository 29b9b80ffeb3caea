"""Ways on which somebody else than the customer acts, or a provider is flaky: interrupted after each state.

All other ways are searched whole, call by call: see `tests/simulation/interleaving/test_interleavings.py`.
"""

import pytest

from tests.simulation.harness.conftest import Stage
from tests.simulation.harness.scenario_run import Scenario, ScenarioRun
from tests.simulation.harness.scenarios import PARTED, SEARCHED, step_id
from tests.support.faults import die
from tests.support.injection_points import after

STEPS = [step for step in PARTED if step[0] not in SEARCHED]


def test_every_way_is_searched_or_interrupted_here() -> None:
    assert {way for way, _, _ in PARTED} == {*SEARCHED, *(way for way, _, _ in STEPS)}


@pytest.mark.parametrize(("scenario", "state", "visit"), STEPS, ids=map(step_id, STEPS))
def test_the_next_execution_continues_after_one_that_died(
    scenario: Scenario, state: str, visit: int, stage: Stage
) -> None:
    play = stage(scenario)
    death = play.saga.at(after(state, visit), die)
    first, *more = play.drive_to_the_end()
    assert death.fired == 1
    assert first.status == "TIMED_OUT"
    assert len(more) == 1
    play.check()


@pytest.mark.parametrize(("scenario", "state", "visit"), STEPS, ids=map(step_id, STEPS))
def test_an_execution_that_was_overtaken_changes_nothing(
    scenario: Scenario, state: str, visit: int, stage: Stage
) -> None:
    play = stage(scenario)
    ends = []

    def run_another(play: ScenarioRun = play) -> None:
        assert play.drive().succeeded
        ends.append(play.world.items())

    pause = play.saga.at(after(state, visit), run_another)
    assert play.drive().succeeded
    assert pause.fired == 1
    play.check()
    assert play.world.items() == ends[0]
