"""Guarantee 4 under overload, which must end when its cause ends (no metastable failure)."""

from dataclasses import replace

import pytest

from tests.simulation.outages.host import Costs
from tests.simulation.outages.overload import SMALL, SMALL_BEFORE, Overload, burst, simulate

# A cold start costs thirty times as much as a step, as measured on the local engine.
COSTS = Costs(cold=1.5)
MINUTES = 60.0


@pytest.fixture(scope="module")
def overload() -> Overload:
    """Ten minutes of three times the capacity, then the usual load."""
    return simulate(SMALL, COSTS, after=20 * MINUTES)


def test_orders_end_at_the_usual_rate_two_minutes_after_an_overload(overload: Overload) -> None:
    assert overload.is_back_after(2)


def test_an_overload_leaves_most_of_the_capacity_usable(overload: Overload) -> None:
    capacity = 60 * COSTS.orders_a_second
    during = [minute.ended for minute in overload.minutes[overload.begins + 1 : overload.ends]]
    assert sum(during) > 0.6 * capacity * len(during)


def test_no_order_is_driven_by_two_drivers_at_once(overload: Overload) -> None:
    assert overload.overlapping == 0


@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("busy_processes", [0, 4])
@pytest.mark.parametrize("warm", [0.05, 0.1])
def test_overload_ends_for_other_costs_and_beside_busy_processes(
    seed: int, busy_processes: int, warm: float
) -> None:
    costs = replace(COSTS, warm=warm)
    assert simulate(SMALL, costs, after=10 * MINUTES, busy_processes=busy_processes, seed=seed).is_back_after(
        2
    )


def test_without_the_rules_an_overload_does_not_end() -> None:
    """At half of the capacity, a third of the orders still does not end half an hour later."""
    old = simulate(SMALL_BEFORE, replace(COSTS, warm=0.1), after=35 * MINUTES)
    assert all(minute.ended < old.usual * 2 / 3 for minute in old.minutes[old.ends :])


def test_without_adaptive_concurrency_an_overload_does_not_end_in_time() -> None:
    assert not simulate(replace(SMALL, adaptive=False), COSTS, after=10 * MINUTES).is_back_after(2)


# -- a burst, from cold, as on a laptop: the bound is a minute ------------------------------------------

BURST = 437
LAPTOP_COSTS = replace(COSTS, warm=0.1)


def test_without_the_rules_orders_are_driven_twice_at_once() -> None:
    """No fault is needed: a message waits, or is in its back-off, longer than the sweep's limit."""
    found = burst(replace(SMALL_BEFORE, bound=60), LAPTOP_COSTS, orders=BURST)
    assert found.overlapping > 0
    assert found.nudges >= found.overlapping


@pytest.mark.parametrize("busy_processes", [0, 4])
def test_a_nudged_order_is_not_driven_twice_at_once(busy_processes: int) -> None:
    assert (
        burst(replace(SMALL, bound=60), LAPTOP_COSTS, orders=BURST, busy_processes=busy_processes).overlapping
        == 0
    )


@pytest.mark.parametrize("busy_processes", [0, 4])
def test_a_stage_sized_by_its_host_nudges_no_order(busy_processes: int) -> None:
    sized = replace(SMALL, drivers=2, batch=1, bound=60)
    found = burst(sized, replace(LAPTOP_COSTS, time_out=30), orders=BURST, busy_processes=busy_processes)
    assert (found.overlapping, found.nudges) == (0, 0)


def test_a_stage_sized_by_its_host_ends_a_burst_in_half_the_time() -> None:
    sized = burst(replace(SMALL, drivers=2, batch=1, bound=60), LAPTOP_COSTS, orders=BURST)
    assert sized.seconds < burst(replace(SMALL_BEFORE, bound=60), LAPTOP_COSTS, orders=BURST).seconds * 0.6
