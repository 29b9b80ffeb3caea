"""Going through dead letters: list them, redrive them, discard them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from local.steps import say
from ops.letters import Act, Kind, Left, Letter, act_on
from ops.words import age, counted

# More than a person reads; what is left out is counted.
SHOWN = 50


@dataclass(frozen=True)
class Wanted:
    """Which letters a command is about: all, unless an order or messages are named."""

    order_id: str | None = None
    messages: frozenset[str] = frozenset()

    def admits(self, letter: Letter) -> bool:
        """Whether the letter is one of them."""
        if self.messages and letter.message.id not in self.messages:
            return False
        return self.order_id is None or letter.order_id == self.order_id


@dataclass
class Tally:
    """What became of the letters."""

    done: int = 0
    left: int = 0


class Pace:
    """At most so many a second."""

    def __init__(self, per_second: float) -> None:
        self._between = 1 / per_second
        self._next = 0.0

    def keep(self) -> None:
        """Wait until the next may go."""
        wait = self._next - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        self._next = max(self._next, time.monotonic()) + self._between


def listed(kind: Kind, wanted: Wanted) -> list[Letter]:
    """The letters of a kind, read and left where they are, the oldest first."""
    with kind.pile.looked_through() as messages:
        letters = [letter for letter in map(kind.letter, messages) if wanted.admits(letter)]
    return sorted(letters, key=lambda letter: letter.message.sent_at)


def listed_of_each(kinds: Sequence[Kind], wanted: Wanted) -> list[tuple[Kind, list[Letter]]]:
    """The same of several kinds. Each look waits a moment for what is late, so they are taken at once."""
    with ThreadPoolExecutor(len(kinds)) as threads:
        looks = [(kind, threads.submit(listed, kind, wanted)) for kind in kinds]
    return [(kind, look.result()) for kind, look in looks]


def show(letters: Sequence[Letter], notes: Callable[[Letter], str | None] = lambda letter: None) -> None:
    """Print letters: which, how long there, why, and what `notes` says of each."""
    for letter in letters[:SHOWN]:
        message = letter.message
        receives = f", received {counted(message.receives, 'time')}" if message.receives is not None else ""
        say(f"  {message.id}")
        say(f"    {letter.about}, sent {age(message.sent_at)} ago{receives}")
        say(f"    because {letter.cause}")
        if letter.begins is not None:
            say(f"    it begins: {letter.begins}")
        if note := notes(letter):
            say(f"    {note}")
    if len(letters) > SHOWN:
        say(f"  … and {len(letters) - SHOWN} more")


def handle(kind: Kind, chosen: Sequence[Letter], act: Callable[[Letter], Act], pace: Pace) -> Tally:
    """Do something about each letter that was chosen, and then remove it.

    What is done comes first: if we die in between, it is done again, and nothing is lost. A letter that
    came since is left alone: nobody has looked at it.
    """
    tally = Tally()
    ids = {letter.message.id for letter in chosen}
    with kind.pile.looked_through() as messages:
        for message in messages:
            if message.id not in ids:
                continue
            ids.discard(message.id)
            letter = kind.letter(message)
            pace.keep()
            try:
                doing = act(letter)
                act_on(doing)
            except Left as left:
                tally.left += 1
                say(f"  left   {message.id}  {letter.about}: {left}")
            else:
                kind.pile.remove(message)
                tally.done += 1
                say(f"  done   {message.id}  {letter.about}: {doing.says}")
            if not ids:
                break
    for gone in sorted(ids):
        say(f"  gone   {gone}: somebody else has taken it, or is looking at it")
    tally.left += len(ids)
    return tally
