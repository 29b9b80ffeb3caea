"""Lists the dead letters of several queues, and handles them one by one.

A queue that cannot be read does not stop the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from console.progress import say
from ops.dead_letters.queues import Openers
from ops.documents.show import LetterEntry
from ops.errors import FAILURES, explain
from ops.pace import Pace
from ordering.dead_letters.letters import Action, DeadLetter, DeadLetterHandler, KeepMessage, carry_out
from ordering.domain.operator_text import age, counted

# How many letters are printed; the others are only counted.
SHOWN = 50


@dataclass(frozen=True)
class LetterFilter:
    """Which letters a command is about: all, unless an order or messages are named."""

    order_id: str | None = None
    messages: frozenset[str] = frozenset()

    def admits(self, letter: DeadLetter) -> bool:
        """Whether the letter is one of them."""
        if self.messages and letter.message.id not in self.messages:
            return False
        return self.order_id is None or letter.order_id == self.order_id


@dataclass(frozen=True)
class QueueListing:
    """What was read of one queue: its letters, the oldest first; or the failure, if it cannot be read."""

    name: str
    queue: DeadLetterHandler | None = None
    letters: list[DeadLetter] = field(default_factory=list)
    failure: Exception | None = None

    @property
    def heading(self) -> str:
        """The queue in one line: how many letters, and what they are."""
        if self.queue is None or self.failure:
            return f"{self.name}: cannot be read: {explain(self.failure)[0] if self.failure else ''}"
        return f"{self.name}: {counted(len(self.letters), 'dead letter')} ({self.queue.holds})"


@dataclass
class Tally:
    """What became of the letters."""

    done: int = 0
    left: int = 0


def list_queues(queues: Openers, wanted: LetterFilter) -> list[QueueListing]:
    """Returns what each queue holds, or why it cannot be read. Nothing is removed.

    Each read waits a moment for late messages, so all queues are read at the same time.
    """

    def listing(name: str) -> QueueListing:
        try:
            queue = queues[name]()
            with queue.source.peek() as messages:
                letters = [letter for letter in map(queue.letter, messages) if wanted.admits(letter)]
        except FAILURES as failure:
            return QueueListing(name, failure=failure)
        return QueueListing(name, queue, sorted(letters, key=lambda letter: letter.message.sent_at))

    with ThreadPoolExecutor(len(queues)) as threads:
        return [*threads.map(listing, queues)]


def show_letters(
    letters: Sequence[DeadLetter], notes: Callable[[DeadLetter], str | None] = lambda letter: None
) -> None:
    """Print letters: the id, what each is about, its age, its cause, and what `notes` returns for it."""
    for letter in letters[:SHOWN]:
        message = letter.message
        receives = f", received {counted(message.receives, 'time')}" if message.receives is not None else ""
        say(f"  {message.id}")
        say(f"    {letter.about}, sent {age(message.sent_at)} ago{receives}")
        say(f"    cause: {letter.cause}")
        if letter.beginning is not None:
            say(f"    it begins: {letter.beginning}")
        if note := notes(letter):
            say(f"    {note}")
    if len(letters) > SHOWN:
        say(f"  … and {len(letters) - SHOWN} more")


def entry_of(queue: str, letter: DeadLetter) -> LetterEntry:
    """Returns a letter in the form of the JSON documents."""
    return LetterEntry(
        queue=queue,
        id=letter.message.id,
        about=letter.about,
        cause=letter.cause,
        sent_at=letter.message.sent_at,
        receives=letter.message.receives,
        order_id=letter.order_id,
        beginning=letter.beginning,
    )


def letter_entries(listings: Sequence[QueueListing]) -> list[LetterEntry]:
    """Returns every letter of the queues that could be read."""
    return [entry_of(each.name, letter) for each in listings for letter in each.letters]


Report = Callable[[str, DeadLetter, str], None]
"""Receives the result of a letter (`done`, `left` or `gone`), the letter, and a note."""


def say_result(result: str, letter: DeadLetter, note: str) -> None:
    """Print the result of one letter."""
    about = f"{letter.about}: " if result != "gone" else ""
    say(f"  {result}   {letter.message.id}  {about}{note}")


def handle(
    listing: QueueListing,
    choose: Callable[[DeadLetter], Action],
    pace: Pace,
    tally: Tally,
    report: Report = say_result,
) -> None:
    """Run the chosen action for each letter that was listed, and then remove the letter.

    The action comes first: if this process dies in between, the next run repeats it, and nothing is lost. A
    letter that has arrived since the listing is left alone, because it was not shown.
    """
    if listing.queue is None:
        return
    listed = {letter.message.id: letter for letter in listing.letters}
    ids = set(listed)
    with listing.queue.source.peek() as messages:
        for message in messages:
            if message.id not in ids:
                continue
            ids.discard(message.id)
            letter = listing.queue.letter(message)
            pace.keep()
            try:
                action = choose(letter)
                carry_out(listing.queue, letter, action)
            except KeepMessage as reason:
                tally.left += 1
                report("left", letter, str(reason))
            else:
                tally.done += 1
                report("done", letter, action.description)
            if not ids:
                break
    for gone in sorted(ids):
        report("gone", listed[gone], "another reader has removed it, or is reading it")
    tally.left += len(ids)
