"""Concurrent callers."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def at_once(count: int, act: Callable[[int], T]) -> list[T]:
    """Call `act(0)` to `act(count - 1)` at the same moment; returns the results in order."""
    together = Barrier(count)

    def one(number: int) -> T:
        together.wait()
        return act(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


def in_pool(count: int, callers: int, act: Callable[[int], T]) -> list[T]:
    """Call `act(0)` to `act(count - 1)` in this number of threads; returns the results in order."""
    with ThreadPoolExecutor(callers) as threads:
        return list(threads.map(act, range(count)))
