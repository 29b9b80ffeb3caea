"""Any number of executions of one order, and its customer: all interleavings of their calls.

Guarantees 1 to 4 hold in every state of the tables that any interleaving can reach. As soon as one execution
has succeeded, the order has its final status, which is the one that the customer read, and the others change
nothing any more.
"""

from collections.abc import Iterator
from functools import cache

import pytest

from ordering.guards import Guard
from tests.simulation.guards.switching import switched_off
from tests.simulation.harness.scenario_run import SagaHarness, Scenario, ScenarioRun
from tests.simulation.harness.scenarios import FULFILLED, IN_SHARDS, SEARCH_STARTS, SEARCHED
from tests.simulation.interleaving.interleavings import ENDED, Interleavings

PassedCall = tuple[str, tuple[str, ...]]
"""(state, the targets of its calls up to this one)"""


def cancel(run: ScenarioRun) -> bool:
    """The customer cancels the order. Returns whether the cancellation was accepted."""
    run.cancel()
    return run.cancellations.pop()


@cache
def searched(harness: SagaHarness, scenario: Scenario) -> Interleavings:
    """Returns the search of a scenario, made once."""
    return Interleavings(harness.open(scenario), cancel)


@pytest.mark.parametrize("scenario", [*SEARCH_STARTS, IN_SHARDS], ids=str)
def test_any_number_of_executions_and_a_customer_reach_one_final_status(
    scenario: Scenario, harness: SagaHarness
) -> None:
    search = searched(harness, scenario)
    run = ScenarioRun(scenario, harness.cloud.world, harness.cloud.saga, search.order_id)
    assert search.violations() == []
    for state in search.states():
        try:
            check(run, search, state)
        except AssertionError as failure:
            failure.add_note("\n".join(search.moves_to(state)))
            raise


def check(run: ScenarioRun, search: Interleavings, state: str) -> None:
    """Check that the order has ended if an execution has, with the status that the customer read."""
    ends = search.ends(state)
    if not ends:
        return
    # No execution fails, so the order need not be driven again.
    assert ends == {ENDED}
    status, reason = run.details.order.status, run.details.order.reason
    by_customer = reason == "CUSTOMER_REQUEST"
    run.check(cancelled=by_customer)
    was_granted = True in search.results(state, cancel)
    # An accepted cancellation is kept. While the saga itself cancels the order, a request is accepted too.
    if was_granted:
        assert status == "CANCELLED"
    if by_customer:
        assert was_granted


def calls_of(run: ScenarioRun) -> Iterator[PassedCall]:
    """Yields each call of an undisturbed execution, with those that its step made before it."""
    run.drive()
    passed: dict[tuple[str, int, int], tuple[str, ...]] = {}
    for call in run.saga.calls:
        step = call.step.state, call.step.visit, call.step.attempt
        passed[step] = (*passed.get(step, ()), call.target)
        yield call.step.state, passed[step]


@pytest.mark.parametrize("scenario", SEARCHED, ids=str)
def test_an_execution_is_paused_before_every_call_that_it_makes(
    scenario: Scenario, harness: SagaHarness
) -> None:
    """So each action of any other execution interrupts it there, temporarily or finally."""
    passed = set(calls_of(harness.open(scenario)))
    assert passed
    opening = scenario if scenario in SEARCH_STARTS else FULFILLED
    assert passed <= searched(harness, opening).paused_before()


def test_the_search_finds_a_missing_guard(harness: SagaHarness) -> None:
    """The carrier is called although the order may have been cancelled, and the order cannot be closed."""
    with switched_off(Guard.BOOK_STATUS_READ):
        found = Interleavings(harness.open(FULFILLED), cancel).violations()
    assert any("the shipment is BOOKED" in each for each in found), found
