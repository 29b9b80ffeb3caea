"""Changes that publish_changes could not read, put aside so that they block no other."""

from __future__ import annotations

from typing import Any

import msgspec

from ops.dead_letters.changes import event_of, key_of, order_of, secrets_of
from ops.letters import Act, Kind, Left, Letter
from ops.piles import Message, Pile
from ops.words import Discretion
from ordering.bus import Bus


class _Body(msgspec.Struct):
    """As publish_changes parks it: why, and the stream's record."""

    cause: str
    record: dict[str, Any]


class ParkedChanges(Kind):
    """The records that no release could read yet.

    A later release may, so redriving derives the event anew, by the rules of the release that this tool
    belongs to, and publishes it as publish_changes would have. It comes late, which consumers expect: an
    event carries its item's version. What is still unreadable stays.
    """

    name = "changes"
    holds = "changes that publish_changes could not read"

    def __init__(self, pile: Pile, bus: Bus) -> None:
        super().__init__(pile)
        self._bus = bus

    def read(self, message: Message) -> Letter:
        """The cause is in the body, beside the record."""
        body = _body(message)
        if body is None:
            return Letter(message, f"{len(message.body)} characters", "it is no parked change")
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
        try:
            event = event_of(body.record)
        except (ValueError, TypeError, KeyError) as error:
            said = Discretion(secrets_of(body.record))(f"{type(error).__name__}: {error}")
            raise Left(
                f"this release cannot read it either ({said}); mend `derive` in layers/ordering/events.py"
            ) from error
        if event is None:
            return Act("removes it: it is nothing that is told", lambda: None)
        return Act(f"publishes {event.event_id}", lambda: self._publish([event]))

    def discarding(self, letter: Letter) -> str:
        """Its event is never told. Raises Left when it could be told now."""
        try:
            self.redriving(letter)
        except Left as left:
            return f"its event is never told: {left}"
        raise Left("it can be published now; `redrive` it")

    def _publish(self, events: list[Any]) -> None:
        if self._bus.publish(events) is not None:
            raise Left("the event bus refused it; try again")


def _body(message: Message) -> _Body | None:
    try:
        return msgspec.json.decode(message.body, type=_Body)
    except msgspec.DecodeError:
        return None
