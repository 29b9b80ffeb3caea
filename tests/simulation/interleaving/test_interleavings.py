"""Any number of executions of one order, and its customer: all interleavings of their calls.

In every state of the tables that any interleaving can lead to, every guarantee holds. As soon as one
execution has succeeded the order is at its end, the one that the customer was told of, and whatever the
others still do changes nothing.
"""

from collections.abc import Iterator
from functools import cache

import pytest

from ordering.guards import Guard
from tests.simulation.guards.switching import switched_off
from tests.simulation.harness.scenario_run import SagaHarness, Scenario, ScenarioRun
from tests.simulation.harness.scenarios import FULFILLED, OPENINGS, SEARCHED
from tests.simulation.interleaving.interleavings import ENDED, Interleavings

PassedCall = tuple[str, tuple[str, ...]]
"""(state, the targets of its calls up to this one)"""


def cancel(play: ScenarioRun) -> bool:
    """The customer asks for the order to be cancelled; returns whether that was granted."""
    play.cancel()
    return play.cancellations.pop()


@cache
def searched(theatre: SagaHarness, scenario: Scenario) -> Interleavings:
    """The search of a scenario, once."""
    return Interleavings(theatre.open(scenario), cancel)


@pytest.mark.parametrize("scenario", OPENINGS, ids=str)
def test_any_number_of_executions_and_a_customer_lead_to_one_end(
    scenario: Scenario, theatre: SagaHarness
) -> None:
    search = searched(theatre, scenario)
    play = ScenarioRun(scenario, theatre.cloud.world, theatre.cloud.saga, search.order_id)
    assert search.violations() == []
    for state in search.states():
        try:
            check(play, search, state)
        except AssertionError as failure:
            failure.add_note("\n".join(search.details(state)))
            raise


def check(play: ScenarioRun, search: Interleavings, state: str) -> None:
    """Where an execution has ended, the order has, and as the customer was told."""
    ends = search.ends(state)
    if not ends:
        return
    # None of them fails: nobody has to drive the order again.
    assert ends == {ENDED}
    status, reason = play.details.order.status, play.details.order.reason
    wished = reason == "CUSTOMER_REQUEST"
    play.check(cancelled=wished)
    granted = search.results(state, cancel)
    # A granted cancellation is kept. One that the saga does by itself, for its own reason, is granted too.
    if True in granted:
        assert status == "CANCELLED"
    if wished:
        assert True in granted


def calls_of(play: ScenarioRun) -> Iterator[PassedCall]:
    """Each call of an undisturbed execution, with those that its step made before it."""
    play.drive()
    passed: dict[tuple[str, int, int], tuple[str, ...]] = {}
    for call in play.saga.calls:
        step = call.step.state, call.step.visit, call.step.attempt
        passed[step] = (*passed.get(step, ()), call.target)
        yield call.step.state, passed[step]


@pytest.mark.parametrize("scenario", SEARCHED, ids=str)
def test_an_execution_is_paused_before_every_call_that_it_makes(
    scenario: Scenario, theatre: SagaHarness
) -> None:
    """So it is interrupted there, for a while or for good, by whatever any other execution may do there."""
    passed = set(calls_of(theatre.open(scenario)))
    assert passed
    opening = scenario if scenario in OPENINGS else FULFILLED
    assert passed <= searched(theatre, opening).paused_before()


def test_a_guard_that_is_off_is_missed(theatre: SagaHarness) -> None:
    """The carrier is asked without regard to those who cancel the shipment: the order cannot be closed."""
    with switched_off(Guard.BOOK_STATUS_READ):
        found = Interleavings(theatre.open(FULFILLED), cancel).violations()
    assert any("the shipment is BOOKED" in each for each in found), found
