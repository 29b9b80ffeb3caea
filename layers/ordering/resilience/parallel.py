"""Runs a function for many tasks at once, in threads."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def each(work: Callable[[T], R], tasks: Iterable[T], *, at_once: int) -> list[R]:
    """Return the results of `work` for all tasks, in their order. Raises the first exception of `work`."""
    with ThreadPoolExecutor(max_workers=at_once) as threads:
        return list(threads.map(work, tasks))


def until(
    work: Callable[[T], R],
    tasks: Sequence[T],
    *,
    at_once: Callable[[], int],
    begin_before: float,
    end_before: float,
    ended: Callable[[R], None],
    held_up: Callable[[dict[int, R]], None],
    patience: float,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[dict[int, R], frozenset[int]]:
    """Run tasks, `at_once()` at a time, within two deadlines by `clock`.

    No task is begun after `begin_before`, and none is waited for after `end_before`. Returns the results by
    the tasks' positions, and the positions of all tasks that were begun. A task without a result continues in
    its thread, without being waited for. `ended` gets each result, before `at_once` is called again.
    `held_up` is called with all results so far, whenever no task has ended for `patience` seconds. Raises any
    exception of `work`.
    """
    results: dict[int, R] = {}
    waiting = deque(range(len(tasks)))
    running: dict[Future[R], int] = {}
    begun: set[int] = set()
    threads = ThreadPoolExecutor(max_workers=max(1, len(tasks)))
    try:
        while True:
            while waiting and len(running) < at_once() and clock() < begin_before:
                position = waiting.popleft()
                begun.add(position)
                running[threads.submit(work, tasks[position])] = position
            left = end_before - clock()
            if not running or left <= 0:
                return results, frozenset(begun)
            done, _ = wait(running, timeout=min(left, patience), return_when=FIRST_COMPLETED)
            for future in done:
                position = running.pop(future)
                results[position] = future.result()
                ended(results[position])
            if not done and results:
                held_up(results)
    finally:
        # Threads that are late are not joined: they end with the process, or when their time is up.
        threads.shutdown(wait=False)
