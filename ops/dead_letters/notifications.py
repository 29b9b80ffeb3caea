"""Events that customers were to be told of by mail, and were not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ops.dead_letters.eventbridge import undelivered_because
from ops.letters import Act, Kind, Left, Letter, unreadable
from ops.notified import notified
from ops.piles import Message, Pile
from ordering.domain.clock import seconds_since
from ordering.domain.events import Event
from ordering.domain.notifications import NOTIFIED_EVENTS
from ordering.repositories.processed_events import OLDEST_EVENT, ClaimRefusal, ProcessedEvents

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

_SETTLED = {
    ClaimRefusal.HANDLED: "the event is handled",
    ClaimRefusal.OVERTAKEN: "a later event of the order is handled",
    ClaimRefusal.TOO_OLD: f"the event is older than {OLDEST_EVENT.days} days",
}


class _Body(msgspec.Struct):
    """The event as EventBridge delivers it."""

    detail: Event


class Notifications(Kind):
    """The dead letters of the queue from which customers are notified."""

    name = "notifications"
    holds = "events that notify_customer gave up"

    def __init__(self, pile: Pile, consumer: ProcessedEvents, sqs: SQSClient, queue_url: str) -> None:
        super().__init__(pile)
        self._consumer = consumer
        self._sqs = sqs
        self._queue_url = queue_url

    def read(self, message: Message) -> Letter:
        """An event, and why nobody was told of it."""
        event = _event(message)
        if event is None:
            return unreadable(message, self._why(message), " that are no event")
        return Letter(message, f"{event.type} {event.event_id}", self._why(message, event), event.order_id)

    def redriving(self, letter: Letter) -> Act:
        """Send it anew: with a new message the count of receives begins afresh. Raises Left for what
        customers are not told of."""
        event = _event(letter.message)
        if event is None:
            raise Left("nobody can be told of what is no event; `discard` it")
        if event.type not in NOTIFIED_EVENTS:
            raise Left(f"customers are not told of {event.type}; `discard` it")
        if settled := self._consumer.status_of(event):
            return Act(f"removes it: {_SETTLED[settled]}", lambda: None)
        return Act("sends it to the queue of notifications", lambda: self._send(letter.message.body))

    def discarding(self, letter: Letter) -> str:
        """The customer is not told, which they can see in the API all the same."""
        event = _event(letter.message)
        if event is None or event.type not in NOTIFIED_EVENTS:
            return "it is nothing that customers are told of"
        if settled := self._consumer.status_of(event):
            return _SETTLED[settled]
        return f"the customer is not told that the order is {NOTIFIED_EVENTS[event.type]}"

    def _why(self, message: Message, event: Event | None = None) -> str:
        """What notify_customer noted on its record of the event."""
        if event is None:
            return "notify_customer could not read it"
        for each in notified(self._consumer.records(event.item)):
            if each.event_id == event.event_id:
                return f"{each.says}, {each.at}"
        return "notify_customer has noted no fault"

    def _send(self, body: str) -> None:
        self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=body)


class UndeliveredNotifications(Notifications):
    """The dead letters of the rule that fills that queue."""

    name = "undelivered-notifications"
    holds = "events that EventBridge could not bring to the queue of notifications"

    def _why(self, message: Message, event: Event | None = None) -> str:
        return undelivered_because(message)


def _event(message: Message) -> Event | None:
    """The event, as notify_customer reads it; None for anything else."""
    try:
        event = msgspec.json.decode(message.body, type=_Body).detail
        seconds_since(event.at)
    except (ArithmeticError, RecursionError, TypeError, ValueError):
        return None
    return event
