"""The results of `redrive` and `discard`: printed at once, or collected for the JSON document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import msgspec

from console.progress import say
from ops.dead_letters.redrive import QueueListing, Report, entry_of, say_result, show_letters
from ops.documents.dead_letters import HandledLetter
from ordering.dead_letters.letters import DeadLetter


class Results:
    """What is planned for each letter, and what became of it."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._letters: dict[tuple[str, str], HandledLetter] = {}

    @property
    def letters(self) -> list[HandledLetter]:
        """Every letter, as it was listed, with its latest result; none when they were printed."""
        return list(self._letters.values())

    def say(self, line: str) -> None:
        """Print a line, unless a document is printed."""
        if not self._as_json:
            say(line)

    def plan(self, listing: QueueListing, note: Callable[[DeadLetter], str]) -> None:
        """Show or collect what would be done about each letter of a queue."""
        if not self._as_json:
            show_letters(listing.letters, lambda letter: f"→ {note(letter)}")
            return
        for letter in listing.letters:
            self._collect(listing.name, letter, "planned", note(letter))

    def report(self, queue: str) -> Report:
        """Returns the function that receives the result of each letter of a queue."""
        if not self._as_json:
            return say_result
        return lambda result, letter, note: self._collect(queue, letter, result, note)

    def _collect(self, queue: str, letter: DeadLetter, result: str, note: str) -> None:
        fields = msgspec.structs.asdict(entry_of(queue, letter))
        self._letters[queue, letter.message.id] = HandledLetter(**fields, result=cast(Any, result), note=note)
