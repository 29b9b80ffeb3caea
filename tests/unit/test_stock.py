"""Guarantee 2: received + adjusted = available + held + shipped, and only `adjusted` may be negative."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.domain.stock import (
    FIND,
    HOLD,
    RECEIVE,
    RELEASE,
    SHIP,
    WRITE_OFF,
    Movement,
    NotEnoughStock,
    Stock,
    StockEntry,
)
from tests.support.builders import MUG, NOON, stock

MOVEMENTS = {
    "receive": RECEIVE,
    "write off": WRITE_OFF,
    "find": FIND,
    "hold": HOLD,
    "release": RELEASE,
    "ship": SHIP,
}

movements = st.lists(st.tuples(st.sampled_from([*MOVEMENTS.values()]), st.integers(1, 20)), max_size=30)
stocks = st.builds(
    stock,
    available=st.integers(0, 30),
    held=st.integers(0, 30),
    shipped=st.integers(0, 30),
    adjusted=st.integers(-30, 0),
)


def figures(present: Stock) -> tuple[int, int, int, int, int]:
    return present.received, present.adjusted, present.available, present.held, present.shipped


def non_negative(stock_figures: Sequence[int]) -> list[int]:
    """Returns the figures that must not be negative."""
    return [stock_figures[0], *stock_figures[2:]]


def moved_by_all(start: Stock, sequence: list[tuple[Movement, int]]) -> Stock:
    """Returns the stock after a sequence of movements; those that it refuses are skipped."""
    present = start
    for movement, units in sequence:
        try:
            present = present.move(movement, units)
        except NotEnoughStock:
            continue
    return present


@given(movements)
def test_stock_figures_balance_after_any_movements(
    sequence: list[tuple[Movement, int]],
) -> None:
    present = moved_by_all(Stock(sku=MUG), sequence)
    assert present.received + present.adjusted == present.available + present.held + present.shipped


@given(movements)
def test_no_stock_figure_is_negative_after_any_movements(sequence: list[tuple[Movement, int]]) -> None:
    assert min(non_negative(figures(moved_by_all(Stock(sku=MUG), sequence)))) >= 0


@given(stocks, st.sampled_from([*MOVEMENTS.values()]), st.integers(1, 40))
def test_movement_of_more_units_than_there_are_is_refused(
    start: Stock, movement: Movement, units: int
) -> None:
    wanted = [figure + change * units for figure, change in zip(figures(start), movement, strict=True)]
    if min(non_negative(wanted)) < 0:
        with pytest.raises(NotEnoughStock):
            start.move(movement, units)
    else:
        assert list(figures(start.move(movement, units))) == wanted


@given(stocks, st.integers(1, 30))
def test_releasing_held_units_restores_the_stock(start: Stock, units: int) -> None:
    if units <= start.available:
        assert figures(start.move(HOLD, units).move(RELEASE, units)) == figures(start)


@pytest.mark.slow
@given(movements)
def test_each_movement_increments_the_version(sequence: list[tuple[Movement, int]]) -> None:
    present = Stock(sku=MUG)
    for movement, units in sequence:
        before = present
        present = moved_by_all(before, [(movement, units)])
        assert present.version == before.version + (present is not before)


@pytest.mark.parametrize("movement", MOVEMENTS.values(), ids=MOVEMENTS)
def test_every_movement_is_balanced(movement: Movement) -> None:
    assert movement.received + movement.adjusted == movement.available + movement.held + movement.shipped


def test_only_receipts_and_adjustments_change_the_number_of_units() -> None:
    assert [name for name, movement in MOVEMENTS.items() if movement.received] == ["receive"]
    assert [name for name, movement in MOVEMENTS.items() if movement.adjusted] == ["write off", "find"]


@given(stocks, st.integers(1, 40))
def test_held_units_cannot_be_written_off(start: Stock, units: int) -> None:
    if units > start.available:
        with pytest.raises(NotEnoughStock):
            start.move(WRITE_OFF, units)
    else:
        assert start.move(WRITE_OFF, units).held == start.held


@given(stocks, st.integers(1, 30))
def test_finding_written_off_units_restores_the_stock(start: Stock, units: int) -> None:
    if units <= start.available:
        assert figures(start.move(WRITE_OFF, units).move(FIND, units)) == figures(start)


@pytest.mark.parametrize(
    ("received", "adjusted", "moves"),
    [(5, 0, (RECEIVE, 5)), (0, -3, (WRITE_OFF, 3)), (0, 3, (FIND, 3))],
    ids=["received", "fewer", "more"],
)
def test_ledger_entry_has_the_movement_of_its_figures(
    received: int, adjusted: int, moves: tuple[Movement, int]
) -> None:
    entry = StockEntry(key="k", created_at=NOON, received=received, adjusted=adjusted)
    assert entry.moves == moves


def test_no_movement_reduces_the_shipped_units() -> None:
    assert min(movement.shipped for movement in MOVEMENTS.values()) == 0


@pytest.mark.parametrize(
    "unbalanced",
    [
        Stock(sku=MUG, received=5, available=4),
        Stock(sku=MUG, received=5, available=5, held=1),
        Stock(sku=MUG, received=5, available=6, held=-1),
        Stock(sku=MUG, received=0, available=1, held=1, shipped=-2),
        Stock(sku=MUG, received=5, adjusted=-2, available=5),
        Stock(sku=MUG, received=5, adjusted=2, available=5),
    ],
    ids=[
        "a unit is lost",
        "a unit is counted twice",
        "held is negative",
        "shipped is negative",
        "a written-off unit is still available",
        "a found unit is not available",
    ],
)
def test_stock_figures_that_do_not_balance_are_reported(unbalanced: Stock) -> None:
    assert not unbalanced.balances


def test_shipping_moves_units_from_held_to_shipped() -> None:
    after = stock(available=1, held=3, shipped=4).move(SHIP, 2)
    assert (after.available, after.held, after.shipped) == (1, 1, 6)


def test_refused_movement_names_its_units_and_the_stock() -> None:
    with pytest.raises(NotEnoughStock, match=r"^3 units cannot move by Movement\(.*available=2"):
        stock(available=2).move(HOLD, 3)
