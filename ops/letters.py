"""Dead letters: what was given up, read for people, and what can be done about it.

Whatever a letter holds, it is one letter: where it cannot be read, or nothing can be done about it, that is
said of it, and the others are read and handled.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from ops.piles import Message, Pile
from ops.words import Discretion, cut
from ordering.aws.clients import is_input_error
from ordering.domain.order import error_text

T = TypeVar("T")

# Of an unreadable letter, in characters: enough to tell what wrote it.
_SHOWN = 120
# Behind these names stands what must not be read.
_PRIVATE = ("paymentToken", "email", "address")


class Letter(NamedTuple):
    """One message, decoded: what it is `about`, and the `cause` it lies there for."""

    message: Message
    about: str
    cause: str
    order_id: str | None = None
    begins: str | None = None
    """How its body begins, where it cannot be read; None: it can."""


class Act(NamedTuple):
    """What would be done about a letter, in words, and doing it."""

    says: str
    do: Callable[[], None]


class Left(Exception):
    """A letter that has to stay where it is. The text says why, and what would help."""


def unreadable(message: Message, cause: str, which: str = "") -> Letter:
    """A letter that cannot be read: how long it is and how it begins, without what must not be read.

    `which` is said of its characters, ` that are no event`.
    """
    about = f"{len(message.body)} characters{which}"
    return Letter(message, about, cause, begins=_beginning(message.body))


def _beginning(body: str) -> str:
    text = Discretion()(body[: 10 * _SHOWN])
    for name in _PRIVATE:
        text, private, _ = text.partition(name)
        text += f"{name}…" if private else ""
    return cut(text, _SHOWN)


class Kind(ABC):
    """A kind of dead letters: all that one dead-letter queue (or the bucket) holds."""

    name: str
    """As the command line says it."""
    holds: str
    """What lies there, in a sentence."""

    def __init__(self, pile: Pile) -> None:
        self.pile = pile

    def letter(self, message: Message) -> Letter:
        """Decode a message, whatever is in it."""
        try:
            read = self.read(message)
        except Exception as error:
            if not is_input_error(error):
                raise
            read = unreadable(message, f"it cannot be read: {error_text(error)}")
        return read._replace(about=cut(read.about), cause=cut(read.cause))

    def redrive(self, letter: Letter) -> Act:
        """What redriving it would do. Raises Left."""
        return _judged(lambda: self.redriving(letter))

    def discard(self, letter: Letter) -> Act:
        """What throwing it away would do: nothing depends on what nobody can use. Raises Left."""
        try:
            lost = self.discarding(letter)
        except Left:
            raise
        except Exception as error:
            if not is_input_error(error):
                raise
            lost = f"nothing can be made of it ({error_text(error)})"
        return Act(f"thrown away: {lost}", lambda: None)

    @abstractmethod
    def read(self, message: Message) -> Letter:
        """Decode a message of this kind. May raise anything for one that is none."""

    @abstractmethod
    def redriving(self, letter: Letter) -> Act:
        """Bringing it to where it should have gone; the letter is removed afterwards. Raises Left."""

    @abstractmethod
    def discarding(self, letter: Letter) -> str:
        """What is lost when it is thrown away. Raises Left where something still depends on it."""


def _judged(judge: Callable[[], T]) -> T:
    """What is to be said of a letter, which stays if that fails for what it holds. Raises Left."""
    try:
        return judge()
    except Left:
        raise
    except Exception as error:
        if not is_input_error(error):
            raise
        raise Left(f"nothing can be made of it ({error_text(error)}); `discard` it") from error


def act_on(doing: Act) -> None:
    """Do it. Raises Left, too, if it fails for what the letter holds."""
    _judged(doing.do)
