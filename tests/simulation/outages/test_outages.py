"""Guarantee 4: orders recover from an outage of any length without an operator, within an hour after it."""

import pytest

from tests.simulation.outages.execution import EVERY_ORDER_FAILS, PROVIDER_UNAVAILABLE
from tests.simulation.outages.outages import (
    HOUR,
    LENGTHS,
    MINUTE,
    OUTAGES,
    PROVIDER,
    TABLE,
    UNKNOWN,
    Outage,
    Result,
    lose_the_queue,
    simulate,
    with_a_failing_order,
)
from tests.simulation.outages.rules import BEFORE, Rules

# The whole table, with 10,000 orders, is printed by `make outages`.
ORDERS = 300


@pytest.mark.parametrize("length", LENGTHS.values(), ids=LENGTHS)
@pytest.mark.parametrize("outage", OUTAGES, ids=lambda outage: outage.name)
def test_every_order_ends_within_an_hour_of_the_outage(outage: Outage, length: float) -> None:
    result = simulate(outage, length, orders=ORDERS)
    assert (result.open, result.parked) == (0, 0)
    assert result.last_end < HOUR


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda outage: outage.name)
def test_an_outage_leaves_no_dead_letters(outage: Outage) -> None:
    assert simulate(outage, LENGTHS["2 days"], orders=ORDERS).dead_letters == 0


@pytest.mark.parametrize("seed", range(2, 6))
def test_orders_recover_with_every_seed(seed: int) -> None:
    result = simulate(PROVIDER, LENGTHS["2 h"], orders=ORDERS, seed=seed)
    assert (result.open, result.parked, result.dead_letters) == (0, 0, 0)
    assert result.last_end < HOUR


def test_a_simulation_is_repeatable() -> None:
    first, second = (simulate(PROVIDER, LENGTHS["2 h"], orders=ORDERS, seed=7) for _ in range(2))
    assert first == second


def test_an_unavailable_provider_is_probed_about_once_a_minute() -> None:
    hours = 6
    result = simulate(PROVIDER, hours * HOUR, orders=ORDERS)
    assert hours * 60 / 3 < result.probes < hours * 60
    # The failures before the circuit opened, the probes, and every order once.
    assert result.executions < ORDERS + result.probes + 50


def test_an_outage_raises_one_alarm_for_any_number_of_orders() -> None:
    assert [simulate(PROVIDER, LENGTHS["6 h"], orders=orders).alarms for orders in (100, 600)] == [1, 1]


@pytest.mark.parametrize("outage", [PROVIDER, TABLE, UNKNOWN], ids=lambda outage: outage.name)
def test_no_order_is_driven_by_two_drivers_at_once(outage: Outage) -> None:
    assert simulate(outage, LENGTHS["2 h"], orders=ORDERS).overlapping == 0


def test_the_sweep_recovers_thousands_of_lost_messages_a_minute() -> None:
    seconds, longest = lose_the_queue(orders=4000)
    assert seconds < 3 * MINUTE
    # There are never more messages than the drivers handle in a few batches.
    assert longest <= 4 * Rules().at_once


# -- what is parked ------------------------------------------------------------------------------------------


def test_an_order_with_its_own_fault_is_parked_while_others_end() -> None:
    simulation = with_a_failing_order(EVERY_ORDER_FAILS, others=200, hours=6)
    failing, *others = simulation.table.orders.values()
    assert failing.parked_at is not None
    assert HOUR < failing.parked_at - failing.placed_at < 3 * HOUR
    assert all(order.ended_at for order in others)


def test_an_order_that_alone_fails_at_a_provider_is_parked_after_a_day() -> None:
    simulation = with_a_failing_order(PROVIDER_UNAVAILABLE, others=3000, hours=48)
    failing = simulation.table.orders["order-0"]
    assert failing.parked_at is not None
    assert failing.parked_at - failing.placed_at > 24 * HOUR
    assert simulation.table.figures.openings == 0


# -- the effect of each rule: the simulation without it ------------------------------------------------------


def without(outage: Outage, rules: Rules, length: str = "6 h") -> Result:
    return simulate(outage, LENGTHS[length], orders=ORDERS, rules=rules)


def test_without_any_rule_orders_are_parked_and_leave_dead_letters() -> None:
    result = without(PROVIDER, BEFORE)
    assert result.parked > ORDERS / 2
    assert result.dead_letters > ORDERS
    assert result.most_dead_letters == 6


def test_parking_by_attempts_alone_parks_orders_in_an_outage() -> None:
    assert without(UNKNOWN, Rules(parks_its_own=False, circuit=False)).parked > 0


def test_without_circuits_every_order_is_driven_again_and_again() -> None:
    result = without(PROVIDER, Rules(circuit=False))
    assert result.open == 0
    assert result.executions > 10 * ORDERS


def test_without_handing_over_an_outage_leaves_dead_letters() -> None:
    assert without(UNKNOWN, Rules(hands_over=False, circuit=False), "2 h").dead_letters > 0


def test_a_fixed_number_of_nudges_a_sweep_is_too_slow_for_a_lost_queue() -> None:
    seconds, _ = lose_the_queue(orders=4000, rules=Rules(sweeps=100))
    assert seconds > 30 * MINUTE
