"""A trial, performed once, with one thing going wrong in it; and a search, which tries many.

A search is made up from the calls that the code as it is makes. So it does not depend on the mutation that
it is to find, and each of its trials can be performed without the mutation as well.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

S = TypeVar("S")


@dataclass(frozen=True)
class Trial(Generic[S]):
    """Something performed once, on a system that is set for it. Answers what is broken when it is over."""

    name: str
    perform: Callable[[S], list[str]]


Search = Callable[[S], Iterator[Trial[S]]]
