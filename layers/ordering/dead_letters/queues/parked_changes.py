"""Changes that publish_changes could not read, parked so that they do not block the others."""

from __future__ import annotations

import json
from typing import Any, Self

import msgspec

from ordering.aws.event_bus import PERMANENTLY_REFUSED, EventBus
from ordering.dead_letters.letters import Action, DeadLetter, DeadLetterHandler, KeepMessage, unreadable
from ordering.dead_letters.queues.changes import key_of, order_of, secrets_of
from ordering.dead_letters.sources import DeadLetterSource, QueueMessage
from ordering.dead_letters.stage import DeadLetterStage
from ordering.domain.events.deriving import MalformedChange
from ordering.domain.operator_text import Redactor
from ordering.repositories.stream import event_of


class _Body(msgspec.Struct):
    """The body that publish_changes writes: the cause, and the stream record or the object that has it."""

    cause: str
    record: dict[str, Any] | None = None
    keys: Any = None
    object: str | None = None


_IN_BUCKET = "it is too long for a message, so it is in the bucket of undelivered changes"


class ParkedChangeLetters(DeadLetterHandler):
    """Stream records that the deployed release could not read.

    The release that redrives may be a later one that can read them. So redriving derives the event again and
    publishes it, as publish_changes would have. Consumers expect late events: each has a
    sequence. A record that is still unreadable stays.
    """

    name = "changes"
    holds = "changes that publish_changes could not read"
    output = "ParkedChangesQueueUrl"

    def __init__(self, source: DeadLetterSource, bus: EventBus) -> None:
        super().__init__(source)
        self._bus = bus

    @classmethod
    def of(cls, stage: DeadLetterStage) -> Self:
        """Returns the queue of a stage."""
        return cls(stage.source(cls.output), EventBus(stage.output("EventBusName")))

    def read(self, message: QueueMessage) -> DeadLetter:
        """Returns the change, and the cause in the body."""
        body = _body(message)
        if body is None:
            return unreadable(message, "it is not a parked change")
        if body.record is None:
            key = key_of({"dynamodb": {"Keys": body.keys}})
            return DeadLetter(message, f"change of {key}, which is in the bucket", body.cause, order_of(key))
        key = key_of(body.record)
        return DeadLetter(
            message,
            f"{body.record.get('eventName', 'change')} of {key}",
            Redactor(secrets_of(body.record))(body.cause),
            order_of(key),
        )

    def redriving(self, letter: DeadLetter) -> Action:
        """Publish the event, now that it can be derived. Raises KeepMessage while it cannot."""
        body = _body(letter.message)
        if body is None:
            raise KeepMessage("no event can be derived from it; `discard` it")
        if body.record is None:
            raise KeepMessage(f"{_IN_BUCKET}; `redrive --queue undelivered-changes`, then `discard` this one")
        try:
            event = event_of(body.record)
        except MalformedChange as error:
            text = Redactor(secrets_of(body.record))(f"MalformedChange: {error}")
            raise KeepMessage(
                f"this release cannot read it either ({text}); "
                "fix `derive` in layers/ordering/domain/events/deriving.py"
            ) from error
        if event is None:
            return Action("removes it: no event is published for this change", lambda: None)
        return Action(f"publishes {event.type} {event.id}", lambda: self._publish([event]))

    def discarding(self, letter: DeadLetter) -> str:
        """Returns which event is never published. Raises KeepMessage when it could be published now."""
        body = _body(letter.message)
        if body is not None and body.record is None:
            return f"{_IN_BUCKET}, and stays there"
        if body is not None and body.cause.startswith(PERMANENTLY_REFUSED):
            return "its event is never published: the event bus does not accept it"
        try:
            self.redriving(letter)
        except KeepMessage as left:
            return f"its event is never published: {left}"
        raise KeepMessage("it can be published now; `redrive` it")

    def _publish(self, events: list[Any]) -> None:
        published = self._bus.publish(events)
        if published.refused:
            raise KeepMessage(published.refused[0].cause)
        if published.stopped_at is not None:
            raise KeepMessage("the event bus refused it; try again")


def _body(message: QueueMessage) -> _Body | None:
    """Returns the parked change; None for anything else."""
    try:
        # The `json` module accepts a lone surrogate; msgspec refuses it, because it is not UTF-8.
        body = msgspec.convert(json.loads(message.body), _Body)
    except (ValueError, RecursionError):
        return None
    return body if body.record is not None or body.object is not None else None
