"""The page about scale: its tables are those of the counts, the settings and the code."""

from dataclasses import replace

import pytest

from ordering.repositories import keys
from stacks.settings import STAGES
from tools.costs import names, scale
from tools.costs.counts import Journey, Unit, committed


@pytest.fixture
def journey() -> Journey:
    """Ten orders of one line that arrive together."""
    return committed()[names.fulfilled(1, at_once=True)]


def _orders(journey: Journey, part: str) -> float:
    (found,) = (each for each in scale.limits(journey, STAGES["prod"]) if part in each.name)
    return found.orders


def test_page_about_scale_is_up_to_date() -> None:
    assert scale.current() == scale.tables()


def test_more_partitions_of_open_orders_are_enough_for_more_orders(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _orders(journey, "partitions of open orders")
    monkeypatch.setattr(keys, "SHARDS", 4 * keys.SHARDS)
    assert _orders(journey, "partitions of open orders") == 4 * before


def test_more_drivers_are_enough_for_more_orders(journey: Journey) -> None:
    prod = STAGES["prod"]
    more = replace(prod, max_concurrent_drivers=2 * prod.max_concurrent_drivers)
    before, after = (
        next(each.orders for each in scale.limits(journey, settings) if "executions at once" in each.name)
        for settings in (prod, more)
    )
    assert after == pytest.approx(2 * before)


def test_entry_of_an_open_order_takes_no_more_writes_than_are_counted(journey: Journey) -> None:
    """The steps that move the order write its entry: place_order, confirm_order and complete_order."""
    moves = ("place_order", "confirm_order", "complete_order")
    counted = sum(journey.steps[name].counts[Unit.INDEX_WRITE_UNITS] for name in moves) / journey.orders
    listed = len(moves)  # Each of them writes the entry in the list of the customer's orders as well.
    assert counted - listed >= scale.OPEN_ENTRY_WRITES
