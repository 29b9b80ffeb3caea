"""A trial is one run with one fault; a search is a series of trials.

A search is derived from the calls of the unchanged code. So it does not depend on the guard that is switched
off, and each of its trials can also be run with every guard on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

S = TypeVar("S")


@dataclass(frozen=True)
class Trial(Generic[S]):
    """A run in a system. Returns what is violated afterwards."""

    name: str
    perform: Callable[[S], list[str]]


Search = Callable[[S], Iterator[Trial[S]]]
