"""Changes that lie in a bucket: in batches, as Lambda brought them there when they could not be published for
twelve hours, and one by one, as publish_changes did with those that are too long for a message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from ops.dead_letters.changes import Record, key_of, secrets_of
from ops.letters import Act, Kind, Left, Letter, unreadable
from ops.piles import Message, Pile
from ops.words import Discretion, counted
from ordering.aws.event_bus import NEVER_TAKEN, EventBus
from ordering.domain.events import Event, MalformedChange
from ordering.repositories.stream import event_of


class _Context(msgspec.Struct):
    condition: str = "given up"


class _Given(msgspec.Struct):
    """Lambda's record of an invocation; with a bucket, and only there, it holds the batch itself."""

    payload: str | dict[str, Any]
    context: _Context = msgspec.field(name="requestContext", default_factory=_Context)


class _Batch(msgspec.Struct):
    records: list[dict[str, Any]] = msgspec.field(name="Records")


class UndeliveredChanges(Kind):
    """The batches of the stream that were given up: each letter holds up to a hundred changes."""

    name = "undelivered-changes"
    holds = "changes that could not be published for twelve hours, or are too long to be parked (a bucket)"

    def __init__(self, pile: Pile, bus: EventBus) -> None:
        super().__init__(pile)
        self._bus = bus

    def read(self, message: Message) -> Letter:
        """The errors themselves are in the log of publish_changes of those hours."""
        try:
            records = _records(message)
        except (ValueError, RecursionError):
            return unreadable(message, "it is no batch of changes")
        first = f", the first of {key_of(records[0])}" if records else ""
        condition = _given(message).context.condition
        secrets = [secret for record in records for secret in secrets_of(record)]
        return Letter(message, f"{counted(len(records), 'change')}{first}", Discretion(secrets)(condition))

    def redriving(self, letter: Letter) -> Act:
        """Publish what can be derived; a batch of which something cannot stays. Raises Left."""
        try:
            records = _records(letter.message)
        except (ValueError, RecursionError) as error:
            raise Left("nothing can be derived from it; `discard` it") from error
        events, unread = _events(records)

        def publish() -> None:
            published = self._bus.publish(events)
            if published.stopped_at is not None:
                raise Left("the event bus refused it; try again: what is told twice has the same id")
            never = [f"{events[each.place].item} ({each.cause})" for each in published.refused]
            if never or unread:
                left = ", ".join([*unread, *never])
                raise Left(f"its event(s) were published, but not of {left}: unreadable")

        except_for = f", but not of {', '.join(unread)}" if unread else ""
        return Act(f"publishes {counted(len(events), 'event')}{except_for}", publish)

    def discarding(self, letter: Letter) -> str:
        """Nothing is lost of a batch that holds nothing to tell. Raises Left for any other."""
        try:
            events, unread = _events(_records(letter.message))
        except (ValueError, RecursionError):
            return "nothing can be derived from it"
        if events and not _given(letter.message).context.condition.startswith(NEVER_TAKEN):
            raise Left(f"{counted(len(events), 'event')} of it can be published; `redrive` it")
        untold = [*unread, *(event.item for event in events)]
        return f"never told: {', '.join(untold) or 'nothing'}"


def _given(message: Message) -> _Given:
    """Raises ValueError or RecursionError for what is none."""
    # As Python writes it: publish_changes may have put a lone surrogate into it, which is no UTF-8.
    return msgspec.convert(json.loads(message.body), _Given)


def _records(message: Message) -> Sequence[Record]:
    """The batch. Raises ValueError or RecursionError where there is none."""
    payload = _given(message).payload
    return msgspec.convert(json.loads(payload) if isinstance(payload, str) else payload, _Batch).records


def _events(records: Sequence[Record]) -> tuple[list[Event], list[str]]:
    """The events of a batch, in its order, and the keys of the changes that cannot be read."""
    events: list[Event] = []
    unread = []
    for record in records:
        try:
            event = event_of(record)
        except MalformedChange:
            unread.append(key_of(record))
        else:
            events += [event] if event else []
    return events, unread
