"""One key, one order, however often it is sent and however many of them at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

from orders_client import BadRequest, IdempotencyKeyReused, Order, ProblemType
from tests.e2e.shop import Customer, Shop
from tests.support.world import order_body

T = TypeVar("T")


def at_once(count: int, act: Callable[[int], T]) -> list[T]:
    """Do something many times at the same moment, numbered from 0."""
    together = Barrier(count)

    def one(number: int) -> T:
        together.wait()
        return act(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))
