"""Changes that publish_changes could not read, put aside so that they block no other."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from ops.dead_letters.changes import key_of, order_of, secrets_of
from ops.letters import Act, Kind, Left, Letter, unreadable
from ops.piles import Message, Pile
from ops.words import Discretion
from ordering.aws.event_bus import NEVER_TAKEN, EventBus
from ordering.domain.events import MalformedChange
from ordering.repositories.stream import event_of


class _Body(msgspec.Struct):
    """As publish_changes parks it: why, and the stream's record; or which object of the bucket holds that."""

    cause: str
    record: dict[str, Any] | None = None
    keys: Any = None
    object: str | None = None


_ELSEWHERE = "it is too long for a message, and lies in the bucket of undelivered changes"


class ParkedChanges(Kind):
    """The records that no release could read yet.

    A later release may, so redriving derives the event anew, by the rules of the release that this tool
    belongs to, and publishes it as publish_changes would have. It comes late, which consumers expect: an
    event carries its item's version. What is still unreadable stays.
    """

    name = "changes"
    holds = "changes that publish_changes could not read"

    def __init__(self, pile: Pile, bus: EventBus) -> None:
        super().__init__(pile)
        self._bus = bus

    def read(self, message: Message) -> Letter:
        """The cause is in the body, beside the record."""
        body = _body(message)
        if body is None:
            return unreadable(message, "it is no parked change")
        if body.record is None:
            key = key_of({"dynamodb": {"Keys": body.keys}})
            return Letter(message, f"change of {key}, which is in the bucket", body.cause, order_of(key))
        key = key_of(body.record)
        return Letter(
            message,
            f"{body.record.get('eventName', 'change')} of {key}",
            Discretion(secrets_of(body.record))(body.cause),
            order_of(key),
        )

    def redriving(self, letter: Letter) -> Act:
        """Publish the event, now that it can be derived. Raises Left while it cannot."""
        body = _body(letter.message)
        if body is None:
            raise Left("nothing can be derived from it; `discard` it")
        if body.record is None:
            raise Left(f"{_ELSEWHERE}; `redrive --queue undelivered-changes`, then `discard` this letter")
        try:
            event = event_of(body.record)
        except MalformedChange as error:
            said = Discretion(secrets_of(body.record))(f"MalformedChange: {error}")
            raise Left(
                f"this release cannot read it either ({said}); mend `derive` in layers/ordering/domain/events.py"
            ) from error
        if event is None:
            return Act("removes it: it is nothing that is told", lambda: None)
        return Act(f"publishes {event.event_id}", lambda: self._publish([event]))

    def discarding(self, letter: Letter) -> str:
        """Its event is never told. Raises Left when it could be told now."""
        body = _body(letter.message)
        if body is not None and body.record is None:
            return f"{_ELSEWHERE}, where it stays"
        if body is not None and body.cause.startswith(NEVER_TAKEN):
            return "its event is never told: the event bus does not take it"
        try:
            self.redriving(letter)
        except Left as left:
            return f"its event is never told: {left}"
        raise Left("it can be published now; `redrive` it")

    def _publish(self, events: list[Any]) -> None:
        published = self._bus.publish(events)
        if published.refused:
            raise Left(published.refused[0].cause)
        if published.stopped_at is not None:
            raise Left("the event bus refused it; try again")


def _body(message: Message) -> _Body | None:
    """As it was parked; None for anything else."""
    try:
        # The standard library's reader knows what its writer makes of a lone surrogate, which is no UTF-8.
        body = msgspec.convert(json.loads(message.body), _Body)
    except (ValueError, RecursionError):
        return None
    return body if body.record is not None or body.object is not None else None
