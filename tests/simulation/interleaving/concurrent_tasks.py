"""A few concurrent tasks that are not interchangeable: every order of their calls.

Two states with the same data in which every task is paused at the same call have the same continuations. So
each state is explored once, and the number of interleavings is computed without executing each of them.

The tasks are run by `call_stepper`. The clock must not move during this.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from functools import cache
from typing import NamedTuple, TypeAlias

from tests.simulation.interleaving.call_stepper import CallStepper, Raised, Responses, Returned

Progress: TypeAlias = Responses | Returned | Raised
"""Before its next call, or how the task has ended."""


class Point(NamedTuple):
    """A state of the backend, and the progress of each task in it."""

    state: str
    progress: tuple[Progress, ...]

    @property
    def has_ended(self) -> bool:
        """Whether every task has ended."""
        return all(isinstance(each, Returned | Raised) for each in self.progress)


class ConcurrentTasks:
    """Every order of the calls of some tasks, starting in a state."""

    def __init__(self, stepper: CallStepper, state: str, tasks: Sequence[Hashable]) -> None:
        self._stepper = stepper
        self._tasks = tasks
        self._next: dict[Point, tuple[Point, ...]] = {}
        self._begin = Point(state, ((),) * len(tasks))
        self.calls: Counter[str] = Counter()
        """How many times each call was made while another task was paused, by its target."""
        todo = [self._begin]
        while todo:
            point = todo.pop()
            if point not in self._next:
                self._next[point] = tuple(self._following(point))
                todo += self._next[point]

    @property
    def ends(self) -> list[Point]:
        """The points at which every task has ended."""
        return [point for point in self._next if point.has_ended]

    def interleavings(self) -> int:
        """Returns the number of different orders of calls."""

        @cache
        def from_here(point: Point) -> int:
            return 1 if point.has_ended else sum(from_here(each) for each in self._next[point])

        return from_here(self._begin)

    def _following(self, point: Point) -> list[Point]:
        following = []
        for place, progress in enumerate(point.progress):
            if isinstance(progress, Returned | Raised):
                continue
            move = self._stepper.next(point.state, self._tasks[place], progress)
            self.calls[move.target] += 1
            then = (*point.progress[:place], move.then, *point.progress[place + 1 :])
            following.append(Point(move.state, then))
        return following
