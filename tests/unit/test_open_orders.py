"""The end-to-end tests wait as long as there is progress."""

import pytest

from tests.e2e import waiting
from tests.e2e.waiting import StallTimer


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def moves(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What is watched: it has moved when the list is longer."""
    moves: list[int] = []
    monkeypatch.setattr(waiting, "_watched", [lambda: len(moves)])
    return moves


def lasted(moves: list[int], *, moving_until: float) -> float:
    """For how long somebody waits, where something moves every ten seconds until then."""
    clock = Clock()
    timer = StallTimer(100, clock)
    while timer.keep_waiting():
        clock.now += 10
        if clock.now <= moving_until:
            moves.append(1)
    return clock.now


def test_where_nothing_moves_a_wait_ends_at_its_deadline(moves: list[int]) -> None:
    assert lasted(moves, moving_until=0) == 110


def test_a_wait_goes_on_while_something_moves_and_a_deadline_longer(moves: list[int]) -> None:
    assert 450 < lasted(moves, moving_until=450) <= 650


def test_what_moves_in_circles_is_not_waited_for_for_ever(moves: list[int]) -> None:
    assert lasted(moves, moving_until=1e9) <= 1120


def test_what_cannot_be_looked_at_does_not_move(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> object:
        raise OSError

    monkeypatch.setattr(waiting, "_watched", [gone])
    assert lasted([], moving_until=1e9) == 110
