"""`StallTimer` of the end-to-end tests: a wait is extended while there is progress."""

import pytest

from tests.e2e import waiting
from tests.e2e.waiting import StallTimer


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def progress(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The watched progress: each new entry of the list is progress."""
    progress: list[int] = []
    monkeypatch.setattr(waiting, "_watched", [lambda: len(progress)])
    return progress


def lasted(progress: list[int], *, progress_until: float) -> float:
    """Returns how long a wait lasts if there is progress every ten seconds until `progress_until`."""
    clock = Clock()
    timer = StallTimer(100, clock)
    while timer.keep_waiting():
        clock.now += 10
        if clock.now <= progress_until:
            progress.append(1)
    return clock.now


def test_wait_without_progress_ends_at_its_deadline(progress: list[int]) -> None:
    assert lasted(progress, progress_until=0) == 110


def test_wait_is_extended_while_there_is_progress(progress: list[int]) -> None:
    assert 450 < lasted(progress, progress_until=450) <= 650


def test_wait_with_endless_progress_ends_at_a_limit(progress: list[int]) -> None:
    assert lasted(progress, progress_until=1e9) <= 1120


def test_progress_that_cannot_be_read_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> object:
        raise OSError

    monkeypatch.setattr(waiting, "_watched", [gone])
    assert lasted([], progress_until=1e9) == 110
