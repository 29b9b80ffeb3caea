"""The path and the end of each scenario; together the scenarios cover the definition."""

from collections import defaultdict
from collections.abc import Iterator

import pytest

from ordering.domain.order import Status
from ordering.domain.step_outcome import StepOutcome
from tests.simulation.harness.conftest import OpenScenario
from tests.simulation.harness.scenario_run import Scenario
from tests.simulation.harness.scenarios import DECLINED, FULFILLED, OVERTAKEN, REFUSED_BY_CARRIER, SCENARIOS
from tests.synth import Json, states, synthesised_state_machine

# These outcomes lead to a Fail state: see `test_failures`.
FAILING = {StepOutcome.TOO_MANY_RELOADS, StepOutcome.NOT_FOUND}


@pytest.mark.parametrize("scenario", [*SCENARIOS, *OVERTAKEN], ids=str)
def test_an_order_takes_the_path_of_its_scenario(scenario: Scenario, open_scenario: OpenScenario) -> None:
    run = open_scenario(scenario)
    execution = run.drive()
    assert execution.trail == scenario.trail
    assert execution.status == "SUCCEEDED"
    run.check()


@pytest.mark.parametrize("scenario", [FULFILLED, DECLINED, REFUSED_BY_CARRIER], ids=str)
def test_driving_an_order_that_has_ended_changes_nothing(
    scenario: Scenario, open_scenario: OpenScenario
) -> None:
    run = open_scenario(scenario)
    run.drive()
    snapshot = run.snapshot()
    again = run.drive()
    assert again.trail == (("Load order", scenario.ends),)
    assert again.succeeded
    assert run.snapshot() == snapshot


def test_the_scenarios_pass_through_every_task() -> None:
    assert set(_outcomes_seen()) == set(synthesised_state_machine().handlers)


def test_the_scenarios_take_every_row_of_every_choice() -> None:
    definition = synthesised_state_machine().definition
    seen = _outcomes_seen()
    for name, state in states(definition):
        choice = definition["States"].get(state.get("Next", ""), {})
        if state["Type"] == "Task" and choice.get("Type") == "Choice":
            rows = {rule["StringEquals"] for rule in choice["Choices"]}
            assert rows - FAILING <= seen[name], name


def test_the_scenarios_take_every_row_of_the_choice_behind_the_fulfilment() -> None:
    definition = synthesised_state_machine().definition
    both_done = definition["States"][definition["States"]["Fulfil"]["Next"]]
    taken = {_first_match(both_done, *pair) for pair in _fulfilments_seen()}
    assert taken == set(range(len(both_done["Choices"])))


def test_the_scenarios_reach_every_final_status() -> None:
    assert {scenario.ends for scenario in SCENARIOS} == {status for status in Status if status.is_terminal}


def _outcomes_seen() -> dict[str, set[str]]:
    seen = defaultdict[str, set[str]](set)
    for scenario in (*SCENARIOS, *OVERTAKEN):
        for state, outcome in scenario.trail:
            seen[state].add(outcome)
    return seen


def _fulfilments_seen() -> Iterator[tuple[str, str]]:
    """Yields (capture, booking) for each time that both were done."""
    for scenario in (*SCENARIOS, *OVERTAKEN):
        of = defaultdict[str, list[str]](list)
        for state, outcome in scenario.trail:
            of[state].append(outcome)
        yield from zip(of["Capture payment"], of["Book shipment"], strict=True)


def _first_match(choice: Json, capture: str, booking: str) -> int:
    """Returns the number of the first row that matches."""
    given = {"$.capture": capture, "$.booking": booking}
    for number, rule in enumerate(choice["Choices"]):
        conditions = rule.get("And", [rule])
        if all(given[each["Variable"]] == each["StringEquals"] for each in conditions):
            return number
    raise AssertionError(f"no row takes {capture} and {booking}")
