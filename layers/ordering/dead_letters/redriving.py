"""Reads and redrives the dead letters of a queue in steps that are short enough for one request.

Two requests can run at the same time: a letter that one has received is hidden from the other, and is visible
again when the first has ended. Each letter is handled separately, and is sent before it is deleted. So if a
process dies, each letter is still in its queue, or at its destination, or one letter is in both. Then its
message is delivered twice, which every consumer accepts, because SQS itself may deliver a message twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

from ordering.dead_letters.letters import DeadLetter, DeadLetterHandler, KeepMessage, carry_out

MOST_REDRIVEN = 20
"""How many letters one request sends."""
# Letters that stay are received too, so that the letters behind them are reached.
_MOST_RECEIVED = 100
# A function of the API has ten seconds.
_SECONDS = 5.0


class ListedLetter(NamedTuple):
    """A letter, and what redriving it would do, or why it stays."""

    letter: DeadLetter
    may_be_redriven: bool
    plan: str


class LetterPage(NamedTuple):
    """Some letters of a queue, the oldest first, and whether it holds more."""

    letters: list[ListedLetter]
    more: bool


class RedrivenBatch(NamedTuple):
    """How many letters were redriven, and those that stay, each with the reason."""

    redriven: int
    kept: list[ListedLetter]


def read_letters(queue: DeadLetterHandler, limit: int) -> LetterPage:
    """Returns up to `limit` letters. They stay in the queue."""
    with queue.source.peek() as messages:
        received = [*islice(messages, limit + 1)]
        letters = [_listed(queue, queue.letter(message)) for message in received[:limit]]
    return LetterPage(
        sorted(letters, key=lambda each: each.letter.message.sent_at), more=len(received) > limit
    )


def redrive_some(queue: DeadLetterHandler, clock: Callable[[], float] = time.monotonic) -> RedrivenBatch:
    """Send up to `MOST_REDRIVEN` letters where they should have gone, and delete them.

    Ends earlier if five seconds have passed on `clock`.
    """
    redriven, kept = 0, []
    end = clock() + _SECONDS
    with queue.source.peek() as messages:
        for message in islice(messages, _MOST_RECEIVED):
            letter = queue.letter(message)
            try:
                carry_out(queue, letter, queue.redrive(letter))
            except KeepMessage as reason:
                kept.append(ListedLetter(letter, may_be_redriven=False, plan=str(reason)))
            else:
                redriven += 1
            if redriven == MOST_REDRIVEN or clock() >= end:
                break
    return RedrivenBatch(redriven, kept)


def _listed(queue: DeadLetterHandler, letter: DeadLetter) -> ListedLetter:
    try:
        return ListedLetter(letter, may_be_redriven=True, plan=queue.redrive(letter).description)
    except KeepMessage as reason:
        return ListedLetter(letter, may_be_redriven=False, plan=str(reason))
