"""Three executions of one order, and its customer: all interleavings of their steps that there are.

At every moment of every interleaving every promise holds. As soon as one execution has succeeded the order is
at its end, the one that the customer was told of, and whatever the others still do changes nothing.
"""

from collections.abc import Callable

import pytest

from ordering.repositories.order_transitions import NotSettled
from tests.simulation.guards.fences import OF_THE_SAGA
from tests.simulation.guards.mutation import edited
from tests.simulation.harness.scenario_run import SagaHarness, Scenario, ScenarioRun
from tests.simulation.harness.scenarios import (
    DECLINED,
    FULFILLED,
    OUT_OF_STOCK,
    REFUSED_AT_CAPTURE,
    REFUSED_BY_CARRIER,
)
from tests.simulation.interleaving.interleavings import ENDED, Interleavings, Sight
from tests.support import invariants

SCENARIOS = (OUT_OF_STOCK, DECLINED, FULFILLED, REFUSED_BY_CARRIER, REFUSED_AT_CAPTURE)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_three_executions_and_a_customer_come_to_one_end_however_they_take_turns(
    scenario: Scenario, theatre: SagaHarness, record_property: Callable[[str, object], None]
) -> None:
    """Two executions are three of which one never begins."""
    play = theatre.open(scenario)
    race = Interleavings(play, executions=3, cancels=True)
    record_property("interleavings", race.count())
    record_property("moments", len(race.ways))
    # None of them fails: nobody has to drive the order again.
    assert race.ends() == {ENDED}
    for sight in race.sights():
        check(play, sight)


def check(play: ScenarioRun, sight: Sight) -> None:
    """Every promise holds at this moment."""
    if not sight.one_has_succeeded:
        invariants.check(play.world, ended=False)
        return
    order = play.details.order
    wished = order.reason == "CUSTOMER_REQUEST"
    play.check(cancelled=wished)
    # What was granted is kept. To ask for what the saga does by itself, for its own reason, is granted too.
    assert sight.granted is not True or order.status == "CANCELLED"
    assert sight.granted or not wished


@pytest.mark.parametrize(("executions", "ways"), [(1, 1), (2, 2), (3, 6), (4, 24)])
def test_executions_of_one_step_each_can_take_turns_in_as_many_ways_as_there_are_orders_of_them(
    executions: int, ways: int, theatre: SagaHarness
) -> None:
    play = theatre.open(DECLINED)
    play.drive_to_the_end()
    assert Interleavings(play, executions).count() == ways


def test_an_execution_alone_passes_what_the_scenario_says(theatre: SagaHarness) -> None:
    race = Interleavings(theatre.open(OUT_OF_STOCK), executions=1)
    assert (race.count(), len(race.ways)) == (1, len(OUT_OF_STOCK.trail) + 1)


def test_a_fence_that_is_down_is_missed_in_one_interleaving_of_millions(theatre: SagaHarness) -> None:
    """The carrier is asked behind the back of those who cancel the shipment: the order cannot be closed."""
    (unseen,) = (fence for fence in OF_THE_SAGA if fence.name.startswith("Book shipment does not look"))
    race = Interleavings(theatre.open(FULFILLED), cancels=True)
    with edited(*unseen.edits), pytest.raises(NotSettled, match="the shipment is BOOKED"):
        race.count()
