"""A ThreadPoolExecutor without threads, for tests in which nothing may run concurrently."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class SequentialExecutor:
    """A ThreadPoolExecutor without threads, because nothing may run concurrently here."""

    def __init__(self, max_workers: int) -> None:
        self.max_workers = max_workers

    def __enter__(self) -> "SequentialExecutor":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def map(self, work: Callable[[Any], T], tasks: Iterable[Any]) -> list[T]:
        """Run one task after the other."""
        return [work(task) for task in tasks]

    def submit(self, work: Callable[..., T], *arguments: Any) -> "Future[T]":
        """Run it at once."""
        done: Future[T] = Future()
        done.set_result(work(*arguments))
        return done

    def shutdown(self, *, wait: bool = True) -> None:
        """Do nothing: no task is pending."""
