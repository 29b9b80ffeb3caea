"""Values and their numbers: a search keeps numbers, which are small and quick to compare."""

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Numbered(dict[T, int], Generic[T]):
    """Values, by number and back: `numbered[value]`, `numbered.known[number]`."""

    def __init__(self) -> None:
        super().__init__()
        self.known: list[T] = []

    def __missing__(self, value: T) -> int:
        number = self[value] = len(self.known)
        self.known.append(value)
        return number
