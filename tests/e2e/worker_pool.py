"""Many callers at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def at_once(count: int, act: Callable[[int], T]) -> list[T]:
    """Do something `count` times at once; each is told its number, from 0."""
    together = Barrier(count)

    def one(number: int) -> T:
        together.wait()
        return act(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


def by_turns(count: int, callers: int, act: Callable[[int], T]) -> list[T]:
    """Do something `count` times, at most `callers` at once; each is told its number, from 0."""
    with ThreadPoolExecutor(callers) as threads:
        return list(threads.map(act, range(count)))
