"""Simulated time: events, sorted by their times."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from random import Random

from ordering.domain.clock import text_of

# Noon of a day, in milliseconds since 1970, as the product counts times.
_BEGINNING = 1_795_262_400_000


class Scheduler:
    """A clock that jumps from event to event. Times are seconds since the beginning."""

    def __init__(self, seed: int) -> None:
        # The simulation has to be repeatable, not secret.
        self.random = Random(seed)  # noqa: S311
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()

    def at(self, moment: float, act: Callable[[], object]) -> None:
        """Schedule an action at a time; a past time means now."""
        heappush(self._events, (max(moment, self.now), next(self._numbers), act))

    def after(self, seconds: float, act: Callable[[], object]) -> None:
        """Schedule an action after this many seconds."""
        self.at(self.now + seconds, act)

    def run(self, *, until: float, enough: Callable[[], bool] = lambda: False) -> None:
        """Let time pass until `until`, or until `enough` is true."""
        while self._events and self._events[0][0] <= until and not enough():
            self.now, _, act = heappop(self._events)
            act()
        if not enough():
            self.now = until

    @property
    def milliseconds(self) -> int:
        """The present time, as the product counts it."""
        return _BEGINNING + round(self.now * 1000)

    def text(self, seconds: float = 0.0) -> str:
        """Returns the time in so many seconds, as items store it."""
        return text_of(self.milliseconds + round(seconds * 1000))
