"""Changes that could not be published for twelve hours: Lambda brought their batches to a bucket."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from ops.dead_letters.changes import Record, event_of, key_of
from ops.letters import Act, Kind, Left, Letter
from ops.piles import Message, Pile
from ops.words import counted
from ordering.bus import Bus
from ordering.events import Event


class _Context(msgspec.Struct):
    condition: str = "given up"


class _Given(msgspec.Struct):
    """Lambda's record of an invocation; with a bucket, and only there, it holds the batch itself."""

    payload: str | dict[str, Any]
    context: _Context = msgspec.field(name="requestContext", default_factory=_Context)


class UndeliveredChanges(Kind):
    """The batches of the stream that were given up: each letter holds up to a hundred changes."""

    name = "undelivered-changes"
    holds = "batches of changes that could not be published for twelve hours (a bucket)"

    def __init__(self, pile: Pile, bus: Bus) -> None:
        super().__init__(pile)
        self._bus = bus

    def read(self, message: Message) -> Letter:
        """The errors themselves are in the log of publish_changes of those hours."""
        try:
            records = _records(message)
        except (ValueError, KeyError):
            return Letter(message, f"{len(message.body)} characters", "it is no batch of changes")
        first = f", the first of {key_of(records[0])}" if records else ""
        condition = msgspec.json.decode(message.body, type=_Given).context.condition
        return Letter(message, f"{counted(len(records), 'change')}{first}", condition)

    def redriving(self, letter: Letter) -> Act:
        """Publish what can be derived; a batch of which something cannot stays. Raises Left."""
        try:
            records = _records(letter.message)
        except (ValueError, KeyError) as error:
            raise Left("nothing can be derived from it; `discard` it") from error
        events, unreadable = _events(records)

        def publish() -> None:
            if self._bus.publish(events) is not None:
                raise Left("the event bus refused it; try again: what is told twice has the same id")
            if unreadable:
                raise Left(f"its event(s) were published, but not of {', '.join(unreadable)}: unreadable")

        except_for = f", but not of {', '.join(unreadable)}" if unreadable else ""
        return Act(f"publishes {counted(len(events), 'event')}{except_for}", publish)

    def discarding(self, letter: Letter) -> str:
        """Nothing is lost of a batch that holds nothing to tell. Raises Left for any other."""
        try:
            events, unreadable = _events(_records(letter.message))
        except (ValueError, KeyError):
            return "nothing can be derived from it"
        if events:
            raise Left(f"{counted(len(events), 'event')} of it can be published; `redrive` it")
        return f"never told: {', '.join(unreadable) or 'nothing'}"


def _records(message: Message) -> list[Record]:
    payload = msgspec.json.decode(message.body, type=_Given).payload
    records: list[Record] = (json.loads(payload) if isinstance(payload, str) else payload)["Records"]
    return records


def _events(records: list[Record]) -> tuple[list[Event], list[str]]:
    """The events of a batch, in its order, and the keys of the changes that cannot be read."""
    events: list[Event] = []
    unreadable = []
    for record in records:
        try:
            event = event_of(record)
        except (ValueError, TypeError, KeyError):
            unreadable.append(key_of(record))
        else:
            events += [event] if event else []
    return events, unreadable
