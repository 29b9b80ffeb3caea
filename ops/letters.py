"""Dead letters: what was given up, read for people, and what can be done about it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

from ops.piles import Message, Pile


class Letter(NamedTuple):
    """One message, decoded: what it is `about`, and the `cause` it lies there for."""

    message: Message
    about: str
    cause: str
    order_id: str | None = None


class Act(NamedTuple):
    """What would be done about a letter, in words, and doing it."""

    says: str
    do: Callable[[], None]


class Left(Exception):
    """A letter that has to stay where it is. The text says why, and what would help."""


class Kind(ABC):
    """A kind of dead letters: all that one dead-letter queue (or the bucket) holds."""

    name: str
    """As the command line says it."""
    holds: str
    """What lies there, in a sentence."""

    def __init__(self, pile: Pile) -> None:
        self.pile = pile

    @abstractmethod
    def read(self, message: Message) -> Letter:
        """Decode a message, whatever is in it."""

    @abstractmethod
    def redriving(self, letter: Letter) -> Act:
        """Bringing it to where it should have gone; the letter is removed afterwards. Raises Left."""

    @abstractmethod
    def discarding(self, letter: Letter) -> str:
        """What is lost when it is thrown away. Raises Left where something still depends on it."""
