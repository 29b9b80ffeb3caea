"""Dead letters, and the base class of their queues: how a letter is decoded, and what can be done about it.

Each letter is handled alone. If one cannot be decoded, or nothing can be done about it, the command reports
that and continues with the others.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self, TypeVar

from ordering.aws.clients import is_input_error
from ordering.dead_letters.sources import DeadLetterSource, QueueMessage
from ordering.dead_letters.stage import DeadLetterStage
from ordering.domain.operator_text import Redactor, cut
from ordering.domain.order import error_text

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

T = TypeVar("T")

# How many characters of an unreadable body are shown: enough to recognise what wrote it.
_SHOWN = 120
# Text after one of these names is private.
_PRIVATE = ("paymentToken", "email", "address")


class DeadLetter(NamedTuple):
    """One message, decoded: what it is `about`, and the `cause` for which it was given up."""

    message: QueueMessage
    about: str
    cause: str
    order_id: str | None = None
    beginning: str | None = None
    """How its body begins, when it cannot be decoded."""


class Action(NamedTuple):
    """What would be done about a dead letter, and the function that does it."""

    description: str
    run: Callable[[], None]


class KeepMessage(Exception):
    """A dead letter that has to stay in its queue. The text says why, and what would help."""


def unreadable(message: QueueMessage, cause: str, which: str = "") -> DeadLetter:
    """Returns a dead letter that cannot be decoded: its length and its beginning, without private data.

    `which` follows the length, as ` that are not an event`.
    """
    about = f"{len(message.body)} characters{which}"
    return DeadLetter(message, about, cause, beginning=_beginning(message.body))


def _beginning(body: str) -> str:
    text = Redactor()(body[: 10 * _SHOWN])
    for name in _PRIVATE:
        text, private, _ = text.partition(name)
        text += f"{name}…" if private else ""
    return cut(text, _SHOWN)


class DeadLetterHandler(ABC):
    """One dead-letter queue (or the bucket), and how its messages are decoded, redriven and discarded."""

    name: ClassVar[str]
    """Its name, on the command line and in the API."""
    holds: ClassVar[str]
    """What its messages are."""
    output: ClassVar[str]
    """The output of the stacks that is its URL."""
    redrive_refusal: ClassVar[tuple[str, str] | None] = None
    """Why its messages are never redriven, and what to do instead."""
    absence: ClassVar[tuple[str, str]] = (
        "has an earlier release",
        "name another queue, or deploy this release",
    )
    """Why a stage may lack the queue, and what to do then: `has an earlier release`."""

    def __init__(self, source: DeadLetterSource) -> None:
        self.source = source

    @classmethod
    def of(cls, stage: DeadLetterStage) -> Self:
        """Returns the queue of a stage. Raises CommandRefused when the stage does not have it."""
        return cls(stage.source(cls.output))

    @classmethod
    def is_expected(cls, stage: DeadLetterStage) -> bool:
        """Whether a stage of this release has the queue."""
        return True

    def letter(self, message: QueueMessage) -> DeadLetter:
        """Decode a message, whatever its content."""
        try:
            read = self.read(message)
        except Exception as error:
            if not is_input_error(error):
                raise
            read = unreadable(message, f"it cannot be read: {error_text(error)}")
        return read._replace(about=cut(read.about), cause=cut(read.cause))

    def redrive(self, letter: DeadLetter) -> Action:
        """Returns what redriving would do. Raises KeepMessage."""
        return _judged(lambda: self.redriving(letter))

    def discard(self, letter: DeadLetter) -> Action:
        """Returns what discarding would do. Raises KeepMessage where something depends on the letter."""
        try:
            lost = self.discarding(letter)
        except KeepMessage:
            raise
        except Exception as error:
            if not is_input_error(error):
                raise
            lost = f"it cannot be used ({error_text(error)})"
        return Action(f"discarded: {lost}", lambda: None)

    @abstractmethod
    def read(self, message: QueueMessage) -> DeadLetter:
        """Decode a message of this queue. May raise any input error for other content."""

    @abstractmethod
    def redriving(self, letter: DeadLetter) -> Action:
        """Send it where it should have gone; the letter is removed afterwards. Raises KeepMessage."""

    @abstractmethod
    def discarding(self, letter: DeadLetter) -> str:
        """Returns what is lost with it. Raises KeepMessage where something still depends on it."""


class QueueLetters(DeadLetterHandler):
    """The dead letters of a queue to which they can be sent again."""

    queue_output: ClassVar[str]
    """The output of the stacks that is the URL of that queue."""

    def __init__(self, source: DeadLetterSource, sqs: SQSClient, queue_url: str) -> None:
        super().__init__(source)
        self._sqs = sqs
        self._queue_url = queue_url

    @classmethod
    def of(cls, stage: DeadLetterStage) -> Self:
        """Returns the queue of a stage. Raises CommandRefused if the stage does not have it."""
        return cls(stage.source(cls.output), stage.sqs, stage.output(cls.queue_output))

    def _send(self, body: str) -> None:
        self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=body)


def _judged(judge: Callable[[], T]) -> T:
    """Returns what `judge` returns. Raises KeepMessage when it fails because of the letter's content."""
    try:
        return judge()
    except KeepMessage:
        raise
    except Exception as error:
        if not is_input_error(error):
            raise
        raise KeepMessage(f"it cannot be used ({error_text(error)}); `discard` it") from error


def carry_out(queue: DeadLetterHandler, letter: DeadLetter, action: Action) -> None:
    """Run the action about a letter, and then remove the letter from its queue.

    The action comes first: if this process dies in between, the next one repeats it, and nothing is lost.
    Raises KeepMessage, too, if the action fails because of the letter's content.
    """
    _judged(action.run)
    queue.source.remove(letter.message)
