"""A trial runs once, with one thing that goes wrong; a search makes many trials.

A search is made from the calls that the unchanged code makes. So it does not depend on the guard that is
switched off, and each of its trials can be run with every guard in place as well.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

S = TypeVar("S")


@dataclass(frozen=True)
class Trial(Generic[S]):
    """Something that is run once, in a system. Returns what is broken afterwards."""

    name: str
    perform: Callable[[S], list[str]]


Search = Callable[[S], Iterator[Trial[S]]]
