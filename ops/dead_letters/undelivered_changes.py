"""Changes of the table that are stored in a bucket.

Lambda writes batches there that could not be published for twelve hours, and publish_changes writes single
changes there that are too long for a message.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Self

import msgspec

from ops.dead_letters.bucket import BucketSource
from ops.stage import Stage
from ordering.aws.event_bus import PERMANENTLY_REFUSED, EventBus
from ordering.dead_letters.letters import Action, DeadLetter, DeadLetterHandler, KeepMessage, unreadable
from ordering.dead_letters.queues.changes import Record, key_of, secrets_of
from ordering.dead_letters.sources import DeadLetterSource, QueueMessage
from ordering.dead_letters.stage import DeadLetterStage
from ordering.domain.events.deriving import MalformedChange
from ordering.domain.events.envelope import Event
from ordering.domain.operator_text import Redactor, counted
from ordering.repositories.keys import event_keys
from ordering.repositories.stream import event_of


class _Context(msgspec.Struct):
    condition: str = "given up"


class _Invocation(msgspec.Struct):
    """Lambda's record of a failed invocation. It contains the batch, because its destination is a bucket."""

    payload: str | dict[str, Any]
    context: _Context = msgspec.field(name="requestContext", default_factory=_Context)


class _Batch(msgspec.Struct):
    records: list[dict[str, Any]] = msgspec.field(name="Records")


class UndeliveredChanges(DeadLetterHandler):
    """Batches of the stream: each letter holds up to a hundred changes."""

    name = "undelivered-changes"
    holds = "changes that could not be published for twelve hours, or are too long to be parked (a bucket)"
    output = "UndeliveredChangesBucketName"

    def __init__(self, source: DeadLetterSource, bus: EventBus) -> None:
        super().__init__(source)
        self._bus = bus

    @classmethod
    def of(cls, stage: DeadLetterStage) -> Self:
        """Returns the bucket of a stage."""
        if not isinstance(stage, Stage):
            raise TypeError("only the operator's tool reads the bucket")
        return cls(BucketSource(stage.s3, stage.output(cls.output)), EventBus(stage.output("EventBusName")))

    def read(self, message: QueueMessage) -> DeadLetter:
        """Returns a batch; its errors are in the log of publish_changes of those hours."""
        try:
            records = _records(message)
        except (ValueError, RecursionError):
            return unreadable(message, "it is not a batch of changes")
        first = f", the first of {key_of(records[0])}" if records else ""
        condition = _invocation(message).context.condition
        secrets = [secret for record in records for secret in secrets_of(record)]
        return DeadLetter(message, f"{counted(len(records), 'change')}{first}", Redactor(secrets)(condition))

    def redriving(self, letter: DeadLetter) -> Action:
        """Publish the events that can be derived. Raises KeepMessage, also for a partly unreadable batch."""
        try:
            records = _records(letter.message)
        except (ValueError, RecursionError) as error:
            raise KeepMessage("no event can be derived from it; `discard` it") from error
        events, unread = _events(records)

        def publish() -> None:
            published = self._bus.publish(events)
            if published.stopped_at is not None:
                raise KeepMessage(
                    "the event bus refused it; try again: an event that is published twice has the same id"
                )
            refused = [
                f"{event_keys.changed_item(events[each.position])} ({each.cause})"
                for each in published.refused
            ]
            if refused or unread:
                left = ", ".join([*unread, *refused])
                raise KeepMessage(f"its events were published, except for {left}: unreadable")

        except_for = f", except for {', '.join(unread)}" if unread else ""
        return Action(f"publishes {counted(len(events), 'event')}{except_for}", publish)

    def discarding(self, letter: DeadLetter) -> str:
        """Returns what is lost. Raises KeepMessage for a batch with events that can be published."""
        try:
            events, unread = _events(_records(letter.message))
        except (ValueError, RecursionError):
            return "no event can be derived from it"
        if events and not _invocation(letter.message).context.condition.startswith(PERMANENTLY_REFUSED):
            raise KeepMessage(f"{counted(len(events), 'event')} of it can be published; `redrive` it")
        unpublished = [*unread, *(event_keys.changed_item(event) for event in events)]
        return f"never published: {', '.join(unpublished) or 'nothing'}"


def _invocation(message: QueueMessage) -> _Invocation:
    """Returns Lambda's record. Raises ValueError or RecursionError for anything else."""
    # Not with msgspec.json: publish_changes may have written a lone surrogate, which is not UTF-8.
    return msgspec.convert(json.loads(message.body), _Invocation)


def _records(message: QueueMessage) -> Sequence[Record]:
    """Returns the batch. Raises ValueError or RecursionError for any other content."""
    payload = _invocation(message).payload
    return msgspec.convert(json.loads(payload) if isinstance(payload, str) else payload, _Batch).records


def _events(records: Sequence[Record]) -> tuple[list[Event], list[str]]:
    """Returns the events of a batch, in its order, and the keys of the unreadable changes."""
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
