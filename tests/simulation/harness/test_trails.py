"""Each scenario by itself: the way it takes, and its end. And that together they leave nothing out."""

from collections import defaultdict
from collections.abc import Iterator

import pytest

from ordering.domain.order import Status
from tests.simulation.harness.conftest import Stage
from tests.simulation.harness.scenario_run import Scenario
from tests.simulation.harness.scenarios import DECLINED, FULFILLED, OVERTAKEN, REFUSED_BY_CARRIER, SCENARIOS
from tests.synth import Json, states, synthesised_state_machine

# Where these outcomes lead, an execution fails: see `test_failures`.
FAILING = {"KEEPS_MOVING", "NOT_FOUND"}


@pytest.mark.parametrize("scenario", [*SCENARIOS, *OVERTAKEN], ids=str)
def test_an_order_takes_its_way_to_its_end(scenario: Scenario, stage: Stage) -> None:
    play = stage(scenario)
    execution = play.drive()
    assert execution.trail == scenario.trail
    assert execution.status == "SUCCEEDED"
    play.check()


@pytest.mark.parametrize("scenario", [FULFILLED, DECLINED, REFUSED_BY_CARRIER], ids=str)
def test_to_drive_an_order_that_has_ended_changes_nothing(scenario: Scenario, stage: Stage) -> None:
    play = stage(scenario)
    play.drive()
    facts = play.facts()
    again = play.drive()
    assert again.trail == (("Load order", scenario.ends),)
    assert again.succeeded
    assert play.facts() == facts


def test_the_scenarios_pass_every_state_that_does_anything() -> None:
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


def test_the_scenarios_come_to_every_end() -> None:
    assert {scenario.ends for scenario in SCENARIOS} == {status for status in Status if status.is_terminal}


def _outcomes_seen() -> dict[str, set[str]]:
    seen = defaultdict[str, set[str]](set)
    for scenario in (*SCENARIOS, *OVERTAKEN):
        for state, outcome in scenario.trail:
            seen[state].add(outcome)
    return seen


def _fulfilments_seen() -> Iterator[tuple[str, str]]:
    """(capture, booking): each time that both were done."""
    for scenario in (*SCENARIOS, *OVERTAKEN):
        of = defaultdict[str, list[str]](list)
        for state, outcome in scenario.trail:
            of[state].append(outcome)
        yield from zip(of["Capture payment"], of["Book shipment"], strict=True)


def _first_match(choice: Json, capture: str, booking: str) -> int:
    """The number of the row that decides."""
    said = {"$.capture": capture, "$.booking": booking}
    for number, rule in enumerate(choice["Choices"]):
        conditions = rule.get("And", [rule])
        if all(said[each["Variable"]] == each["StringEquals"] for each in conditions):
            return number
    raise AssertionError(f"no row takes {capture} and {booking}")
