"""Selects the code that runs when a test calls a handler: this project's, or another release's."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Any

Handler = Callable[[dict[str, Any], Any], Any]
Serve = Callable[[str], AbstractContextManager[Handler]]
"""Returns a handler by its module (`api.place_order`), to be called within the context."""


@contextmanager
def _this_project(module: str) -> Iterator[Handler]:
    yield import_module(f"lambdas.{module}").handler


_serving: list[Serve] = [_this_project]


def handler_of(module: str) -> AbstractContextManager[Handler]:
    """Returns the handler that serves the next call of a module."""
    return _serving[-1](module)


@contextmanager
def served_by(serve: Serve) -> Iterator[None]:
    """Let `serve` select the handler of each call in the block."""
    _serving.append(serve)
    try:
        yield
    finally:
        _serving.pop()
