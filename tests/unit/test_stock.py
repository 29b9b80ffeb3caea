"""Promise 2: received = available + held + shipped, and none of them negative."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.stock import HOLD, RECEIVE, RELEASE, SHIP, Movement, NotEnoughStock, Stock
from tests.support.builders import MUG, stock

MOVEMENTS = {"receive": RECEIVE, "hold": HOLD, "release": RELEASE, "ship": SHIP}

movements = st.lists(st.tuples(st.sampled_from([*MOVEMENTS.values()]), st.integers(1, 20)), max_size=30)
stocks = st.builds(stock, available=st.integers(0, 30), held=st.integers(0, 30), shipped=st.integers(0, 30))


def figures(present: Stock) -> tuple[int, int, int, int]:
    return present.received, present.available, present.held, present.shipped


def moved_by_all(start: Stock, sequence: list[tuple[Movement, int]]) -> Stock:
    """The stock after every movement of a sequence that was possible when its turn came."""
    present = start
    for movement, units in sequence:
        try:
            present = present.move(movement, units)
        except NotEnoughStock:
            continue
    return present


@given(movements)
def test_every_unit_received_is_available_held_or_shipped_whatever_moves(
    sequence: list[tuple[Movement, int]],
) -> None:
    present = moved_by_all(Stock(sku=MUG), sequence)
    assert present.received == present.available + present.held + present.shipped


@given(movements)
def test_no_figure_falls_below_zero_whatever_moves(sequence: list[tuple[Movement, int]]) -> None:
    assert min(figures(moved_by_all(Stock(sku=MUG), sequence))) >= 0


@given(stocks, st.sampled_from([*MOVEMENTS.values()]), st.integers(1, 40))
def test_units_move_unless_there_are_too_few_of_them(start: Stock, movement: Movement, units: int) -> None:
    wanted = [figure + change * units for figure, change in zip(figures(start), movement, strict=True)]
    if min(wanted) < 0:
        with pytest.raises(NotEnoughStock):
            start.move(movement, units)
    else:
        assert list(figures(start.move(movement, units))) == wanted


@given(stocks, st.integers(1, 30))
def test_what_is_released_is_as_available_as_before_it_was_held(start: Stock, units: int) -> None:
    if units <= start.available:
        assert figures(start.move(HOLD, units).move(RELEASE, units)) == figures(start)


@given(movements)
def test_each_movement_makes_a_new_version(sequence: list[tuple[Movement, int]]) -> None:
    present = Stock(sku=MUG)
    for movement, units in sequence:
        before = present
        present = moved_by_all(before, [(movement, units)])
        assert present.version == before.version + (present is not before)


@pytest.mark.parametrize("movement", MOVEMENTS.values(), ids=MOVEMENTS)
def test_a_movement_neither_makes_nor_loses_a_unit(movement: Movement) -> None:
    assert movement.received == movement.available + movement.held + movement.shipped


def test_only_a_receipt_brings_units_in() -> None:
    assert [name for name, movement in MOVEMENTS.items() if movement.received] == ["receive"]


def test_no_movement_brings_shipped_units_back() -> None:
    assert min(movement.shipped for movement in MOVEMENTS.values()) == 0


@pytest.mark.parametrize(
    "unbalanced",
    [
        Stock(sku=MUG, received=5, available=4),
        Stock(sku=MUG, received=5, available=5, held=1),
        Stock(sku=MUG, received=5, available=6, held=-1),
        Stock(sku=MUG, received=0, available=1, held=1, shipped=-2),
    ],
    ids=["a unit is lost", "a unit counts twice", "held is negative", "shipped is negative"],
)
def test_figures_that_do_not_add_up_are_told(unbalanced: Stock) -> None:
    assert not unbalanced.balances
