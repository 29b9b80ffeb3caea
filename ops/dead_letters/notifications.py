"""Events about which customers should have been mailed, and were not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from ops.letters import Action, DeadLetter, DeadLetterHandler, KeepMessage, unreadable
from ops.mail_log import mail_records
from ops.sources import DeadLetterSource, QueueMessage, SqsSource, delivery_error
from ops.stage import Stage
from ordering.domain.events.envelope import Event
from ordering.domain.events.reading import UnreadableEvent, read_event
from ordering.domain.notifications import NOTIFIED_EVENTS
from ordering.repositories import keys
from ordering.repositories.processed_events import OLDEST_EVENT, ClaimRefusal, ProcessedEvents

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

_SETTLED = {
    ClaimRefusal.HANDLED: "the event has been handled",
    ClaimRefusal.OVERTAKEN: "a later event of the order has been handled",
    ClaimRefusal.TOO_OLD: f"the event is older than {OLDEST_EVENT.days} days",
}


class Notifications(DeadLetterHandler):
    """The dead letters of the queue from which customers are notified."""

    name = "notifications"
    holds = "events that notify_customer could not handle"
    output = "NotificationsDeadLetterQueueUrl"

    def __init__(
        self, pile: DeadLetterSource, consumer: ProcessedEvents, sqs: SQSClient, queue_url: str
    ) -> None:
        super().__init__(pile)
        self._consumer = consumer
        self._sqs = sqs
        self._queue_url = queue_url

    @classmethod
    def of(cls, stage: Stage) -> Self:
        """Returns the queue of a stage that sends mail."""
        source = SqsSource(stage.sqs, stage.output(cls.output))
        return cls(source, stage.notify_customer, stage.sqs, stage.output("NotificationsQueueUrl"))

    @classmethod
    def is_expected(cls, stage: Stage) -> bool:
        """Whether the stage sends mail."""
        return stage.sends_mail

    def read(self, message: QueueMessage) -> DeadLetter:
        """Returns an event, and why no mail about it was sent."""
        event = _event(message)
        if event is None:
            return unreadable(message, self._why(message), " that are not an event")
        return DeadLetter(message, f"{event.type} {event.id}", self._why(message, event), event.subject)

    def redriving(self, letter: DeadLetter) -> Action:
        """Send it again as a new message, whose count of receives starts at zero.

        Raises KeepMessage for an event that customers get no mail about.
        """
        event = _event(letter.message)
        if event is None:
            raise KeepMessage("it is not an event, so no mail can be sent; `discard` it")
        if event.type not in NOTIFIED_EVENTS:
            raise KeepMessage(f"customers get no mail about {event.type}; `discard` it")
        if settled := self._consumer.status_of(event):
            return Action(f"removes it: {_SETTLED[settled]}", lambda: None)
        return Action("sends it to the notifications queue", lambda: self._send(letter.message.body))

    def discarding(self, letter: DeadLetter) -> str:
        """Returns which mail the customer does not get; the API shows the status anyway."""
        event = _event(letter.message)
        if event is None or event.type not in NOTIFIED_EVENTS:
            return "it is not an event that customers get mail about"
        if settled := self._consumer.status_of(event):
            return _SETTLED[settled]
        return f"the customer gets no mail that the order is {NOTIFIED_EVENTS[event.type]}"

    def _why(self, message: QueueMessage, event: Event | None = None) -> str:
        """Returns what notify_customer has recorded of the event."""
        if event is None:
            return f"notify_customer could not read it: {_unreadable_because(message)}"
        for each in mail_records(self._consumer.records(keys.changed_item(event))):
            if each.change == keys.change(event):
                return f"{each.description}, {each.at}"
        return "notify_customer has recorded no error"

    def _send(self, body: str) -> None:
        self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=body)


class UndeliveredNotifications(Notifications):
    """The dead letters of the rule that fills that queue."""

    name = "undelivered-notifications"
    holds = "events that EventBridge could not deliver to the notifications queue"
    output = "UndeliveredNotificationsQueueUrl"

    def _why(self, message: QueueMessage, event: Event | None = None) -> str:
        return delivery_error(message)


def _unreadable_because(message: QueueMessage) -> str:
    """Returns the cause for which notify_customer cannot read a message."""
    try:
        read_event(message.body)
    except UnreadableEvent as error:
        return error.code
    return "READABLE"


def _event(message: QueueMessage) -> Event | None:
    """Returns the event, as notify_customer reads it; None for anything else."""
    try:
        return read_event(message.body)
    except UnreadableEvent:
        return None
