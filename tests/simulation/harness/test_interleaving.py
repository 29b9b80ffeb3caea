"""Two and more executions of one order that go on call by call, in turn and by lot."""

from random import Random

import pytest

from tests.simulation.harness.conftest import Stage
from tests.simulation.harness.scenario_run import Scenario
from tests.simulation.harness.scenarios import (
    DECLINED,
    FULFILLED,
    OUT_OF_STOCK,
    REFUSED_AT_CAPTURE,
    REFUSED_BY_CARRIER,
    WAYS,
)
from tests.support.interleaving import before_any_step, in_turn, interleaved


@pytest.mark.parametrize("scenario", WAYS, ids=str)
def test_two_executions_that_take_turns_at_every_call_come_to_one_end(
    scenario: Scenario, stage: Stage
) -> None:
    play = stage(scenario)
    executions = interleaved(play.saga, play.order_id, in_turn())
    assert all(execution.succeeded for execution in executions)
    play.check()


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("scenario", [FULFILLED, REFUSED_AT_CAPTURE, REFUSED_BY_CARRIER], ids=str)
def test_three_executions_that_draw_lots_at_every_call_come_to_one_end(
    scenario: Scenario, seed: int, stage: Stage
) -> None:
    play = stage(scenario)
    # Which lots are drawn is to be repeatable, not secret.
    lots = Random(seed)  # noqa: S311
    executions = interleaved(play.saga, play.order_id, lots.choice, executions=3)
    assert all(execution.succeeded for execution in executions)
    play.check()


@pytest.mark.parametrize("scenario", [FULFILLED, OUT_OF_STOCK, DECLINED], ids=str)
def test_two_executions_that_take_turns_at_every_step_come_to_one_end(
    scenario: Scenario, stage: Stage
) -> None:
    play = stage(scenario)
    executions = interleaved(play.saga, play.order_id, in_turn(), at=before_any_step)
    assert all(execution.succeeded for execution in executions)
    play.check()
