"""Guarantees 2 and 4 in a sale: orders of one product conflict, none is lost, and no unit is sold twice."""

from collections import Counter

import pytest

from ordering.guards import Guard, without
from tests.simulation.contention.sale import Result, Sale, simulate
from tests.support import invariants

ORDERS = 200
"""As many as stage prod drives at once, so that all of them compete."""
STEP_SECONDS = 15


def statuses(result: Result) -> Counter[str]:
    """Returns how many orders have each status."""
    return Counter(item["status"] for item in result.tables.items() if item["SK"] == "ORDER")


@pytest.fixture(scope="module")
def one_product() -> Result:
    """A sale of one product."""
    return simulate(Sale(orders=ORDERS))


@pytest.fixture(scope="module")
def one_product_without_retries() -> Result:
    """The same sale, if only the state machine retries a conflict, after a second at the earliest."""
    with without({Guard.CONFLICT_RETRIED: None}):
        return simulate(Sale(orders=ORDERS))


@pytest.fixture(scope="module")
def eight_shards() -> Result:
    """A sale of one product whose stock is spread over eight shards."""
    return simulate(Sale(orders=ORDERS, shards=8))


@pytest.fixture(scope="module")
def own_products() -> Result:
    """A sale in which each order is of a product of its own."""
    return simulate(Sale(orders=ORDERS, products=ORDERS))


def test_orders_of_one_product_conflict(one_product_without_retries: Result) -> None:
    assert one_product_without_retries.conflicts_percent > 40
    assert one_product_without_retries.failed_executions > 0


def test_orders_of_different_products_do_not_conflict(own_products: Result) -> None:
    assert (own_products.conflicts, own_products.failed_executions) == (0, 0)


def test_no_execution_fails_because_of_a_conflict(one_product: Result) -> None:
    assert one_product.conflicts > 0
    assert one_product.failed_executions == 0


def test_retries_within_the_step_more_than_double_the_rate(
    one_product: Result, one_product_without_retries: Result
) -> None:
    assert one_product.orders_a_second > 2 * one_product_without_retries.orders_a_second


def test_retries_leave_a_step_most_of_its_time(one_product: Result) -> None:
    assert one_product.longest_step < STEP_SECONDS / 3


def test_orders_of_eight_products_are_more_than_twice_as_fast_as_those_of_one(one_product: Result) -> None:
    assert simulate(Sale(orders=ORDERS, products=8)).orders_a_second > 2 * one_product.orders_a_second


def test_one_product_in_eight_shards_is_more_than_twice_as_fast(
    one_product: Result, eight_shards: Result
) -> None:
    """With as many executions at once as stage prod has, which are the limit then."""
    assert eight_shards.orders_a_second > 2 * one_product.orders_a_second
    assert eight_shards.failed_executions == 0


def test_every_guarantee_holds_after_conflicts(
    one_product: Result, one_product_without_retries: Result, eight_shards: Result
) -> None:
    for result in (one_product, one_product_without_retries, eight_shards):
        assert invariants.violations(result.tables) == []
        assert statuses(result) == {"FULFILLED": ORDERS}


@pytest.mark.parametrize("shards", [1, 8])
@pytest.mark.parametrize("units", [1, 37])
def test_the_last_unit_is_sold_and_none_twice(units: int, shards: int) -> None:
    result = simulate(Sale(orders=60, units=units, shards=shards))
    assert result.failed_executions == 0
    assert statuses(result) == {"FULFILLED": units, "REJECTED": 60 - units}
    assert invariants.violations(result.tables) == []


def test_the_same_seed_repeats_a_sale() -> None:
    first, again, other = (simulate(Sale(orders=40, seed=seed)).ended for seed in (1, 1, 2))
    assert first == again
    assert first != other
