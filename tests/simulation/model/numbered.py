"""Numbers values. A search stores these numbers, because they are small and fast to compare."""

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Numbered(dict[T, int], Generic[T]):
    """Numbers values in both directions: `numbered[value]`, `numbered.known[number]`."""

    def __init__(self) -> None:
        super().__init__()
        self.known: list[T] = []

    def __missing__(self, value: T) -> int:
        number = self[value] = len(self.known)
        self.known.append(value)
        return number
