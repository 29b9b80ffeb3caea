"""Guarantee 4, under overload: it ends with the load that caused it (no metastable failure)."""

from dataclasses import replace

import pytest

from tests.simulation.host import Costs
from tests.simulation.overload import SMALL, SMALL_BEFORE, Overload, simulate

# A cold start costs thirty times what a step does, as measured on the local engine.
COSTS = Costs(cold=1.5)
MINUTES = 60.0


@pytest.fixture(scope="module")
def ours() -> Overload:
    """Ten minutes of three times the capacity, then the usual load."""
    return simulate(SMALL, COSTS, after=20 * MINUTES)


def test_orders_end_at_the_usual_rate_two_minutes_after_an_overload(ours: Overload) -> None:
    assert ours.is_back_after(2)


def test_an_overload_costs_little_of_what_the_host_can_do(ours: Overload) -> None:
    capacity = 60 * COSTS.orders_a_second
    during = [minute.ended for minute in ours.minutes[ours.begins + 1 : ours.ends]]
    assert sum(during) > 0.6 * capacity * len(during)


def test_no_order_is_driven_by_two_at_once(ours: Overload) -> None:
    assert ours.overlapping == 0


@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("neighbours", [0, 4])
@pytest.mark.parametrize("warm", [0.05, 0.1])
def test_it_is_so_whatever_a_step_costs_and_whoever_is_beside(
    seed: int, neighbours: int, warm: float
) -> None:
    costs = replace(COSTS, warm=warm)
    assert simulate(SMALL, costs, after=10 * MINUTES, neighbours=neighbours, seed=seed).is_back_after(2)


def test_by_the_rules_of_old_it_never_ended() -> None:
    """The load is half of what the host can do, and half an hour later it still does a third of that."""
    old = simulate(SMALL_BEFORE, replace(COSTS, warm=0.1), after=35 * MINUTES)
    assert all(minute.ended < old.usual * 2 / 3 for minute in old.minutes[old.ends :])


def test_it_is_doing_less_at_once_that_ends_it() -> None:
    assert not simulate(replace(SMALL, adaptive=False), COSTS, after=10 * MINUTES).is_back_after(2)
