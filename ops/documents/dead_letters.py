"""Documents of the commands about dead letters: dlq, redrive, discard."""

from __future__ import annotations

from typing import Literal

from ops.documents.base import Document, Part
from ops.documents.show import LetterEntry


class LetterQueue(Part):
    """A dead-letter queue that was read, and how many letters of those asked for it holds."""

    name: str
    holds: str
    letters: int


class DlqDocument(Document):
    """What the dead-letter queues hold, the oldest of each queue first."""

    command = "dlq"
    queues: list[LetterQueue]
    letters: list[LetterEntry]


class HandledLetter(LetterEntry):
    """A letter and its result.

    - `done`: `note` is what was done; the letter is removed.
    - `left`: it stays in its queue; `note` is the reason.
    - `gone`: another reader has removed it, or is reading it.
    - `planned`: nothing was done yet (`--dry-run`, or its queue failed); `note` is what would be done.
    """

    result: Literal["done", "left", "gone", "planned"]
    note: str


class RedriveDocument(Document):
    """What became of each letter."""

    command = "redrive"
    letters: list[HandledLetter]


class DiscardDocument(Document):
    """What became of each letter."""

    command = "discard"
    letters: list[HandledLetter]
