"""Simulated time for code that waits: each task is a thread, and only one of them runs at a time.

A task gives way only in `wait` and `together`, so a run with the same seed is repeatable.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count


class _Task:
    def __init__(self, act: Callable[[], object]) -> None:
        self.act = act
        self.turn = threading.Semaphore(0)
        self.error: BaseException | None = None
        self.is_done = False
        self.joined_by: _Task | None = None


class VirtualTime:
    """A clock that jumps to the next moment at which a task continues. Times are seconds since the start."""

    def __init__(self) -> None:
        self.now = 0.0
        self._numbers = count()
        self._due: list[tuple[float, int, _Task]] = []
        self._here = threading.local()
        self._over = threading.Semaphore(0)
        self._failed: BaseException | None = None

    def run(self, *acts: Callable[[], object]) -> None:
        """Run tasks, and those that they start, until all have ended. Raises the first error of one."""
        for act in acts:
            self._start(act)
        if self._due:
            self._next()
            self._over.acquire()
        if self._failed:
            raise self._failed

    def wait(self, seconds: float) -> None:
        """Let the other tasks run for this time. Outside a task, no time passes."""
        task: _Task | None = getattr(self._here, "task", None)
        if task is None:
            return
        self._at(self.now + seconds, task)
        self._give_way(task)

    def together(self, first: Callable[[], object], second: Callable[[], object]) -> None:
        """Run both functions at the same time, until both have ended. Raises the error of one of them."""
        task: _Task = self._here.task
        other = self._start(second)
        try:
            first()
        finally:
            if not other.is_done:
                other.joined_by = task
                self._give_way(task)
        if other.error:
            raise other.error

    def _start(self, act: Callable[[], object]) -> _Task:
        task = _Task(act)
        threading.Thread(target=self._live, args=(task,), daemon=True).start()
        self._at(self.now, task)
        return task

    def _live(self, task: _Task) -> None:
        task.turn.acquire()
        self._here.task = task
        try:
            task.act()
        except BaseException as error:
            task.error = error
        task.is_done = True
        if task.joined_by:
            self._at(self.now, task.joined_by)
        elif task.error and not self._failed:
            self._failed = task.error
        if self._due:
            self._next()
        else:
            self._over.release()

    def _at(self, moment: float, task: _Task) -> None:
        heappush(self._due, (moment, next(self._numbers), task))

    def _give_way(self, task: _Task) -> None:
        self._next()
        task.turn.acquire()

    def _next(self) -> None:
        self.now, _, task = heappop(self._due)
        task.turn.release()
