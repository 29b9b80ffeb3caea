"""The dead letters of every consumer of events: events that it could not handle, or that did not reach it.

A consumer is found by an output of the stacks: `NotificationsConsumer` is the name of its function. Three
outputs with the same first word are the URLs of its queue and of the two dead-letter queues.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Self

from ordering.dead_letters.letters import Action, DeadLetter, KeepMessage, QueueLetters, unreadable
from ordering.dead_letters.mail_log import mail_records
from ordering.dead_letters.sources import DeadLetterSource, QueueMessage, delivery_error
from ordering.dead_letters.stage import DeadLetterStage
from ordering.domain.events.envelope import Event
from ordering.domain.events.reading import NewerSchemaVersion, UnreadableEvent, read_event
from ordering.domain.operator_text import UNKNOWN_TIME
from ordering.repositories.keys import event_keys
from ordering.repositories.processed_events import OLDEST_EVENT, ClaimRefusal, ProcessedEvents

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

_CONSUMER = "Consumer"

_STATUS_TEXT = {
    ClaimRefusal.HANDLED: "the event has been handled",
    ClaimRefusal.OVERTAKEN: "a later event of the order has been handled",
    ClaimRefusal.TOO_OLD: f"the event is older than {OLDEST_EVENT.days} days",
}


class ConsumerLetters(QueueLetters):
    """The dead letters of the queue of a consumer."""

    consumer: ClassVar[str]
    """The name of the function."""
    in_order: ClassVar[bool] = False
    """Whether the consumer skips an event that a later one of its item has overtaken."""

    def __init__(
        self, source: DeadLetterSource, sqs: SQSClient, queue_url: str, records: ProcessedEvents
    ) -> None:
        super().__init__(source, sqs, queue_url)
        self._records = records

    @classmethod
    def of(cls, stage: DeadLetterStage) -> Self:
        """Returns the queue of a stage that has the consumer."""
        records = ProcessedEvents(stage.table, cls.consumer)
        return cls(stage.source(cls.output), stage.sqs, stage.output(cls.queue_output), records)

    @classmethod
    def is_expected(cls, stage: DeadLetterStage) -> bool:
        """Whether the stage has the consumer."""
        return cls.queue_output in stage.outputs

    def read(self, message: QueueMessage) -> DeadLetter:
        """Returns an event, and why it was not handled."""
        event = _event(message)
        if event is None:
            return unreadable(message, self._why(message), " that are not an event")
        return DeadLetter(message, f"{event.type} {event.id}", self._why(message, event), event.subject)

    def redriving(self, letter: DeadLetter) -> Action:
        """Send it again as a new message, whose receive count starts at zero.

        Raises KeepMessage for a message that is not an event, or an event that the consumer does not handle.
        """
        event = _event(letter.message)
        if event is None:
            raise KeepMessage(_kept_because(letter.message))
        if unwanted := self.unwanted(event):
            raise KeepMessage(f"{unwanted}; `discard` it")
        if settled := self._settled(event):
            return Action(f"removes it: {settled}", lambda: None)
        queue = self.queue_output.removesuffix("QueueUrl").lower()
        return Action(f"sends it to the {queue} queue", lambda: self._send(letter.message.body))

    def discarding(self, letter: DeadLetter) -> str:
        """Returns what does not happen if the event is not handled."""
        event = _event(letter.message)
        if event is None:
            return "it is not an event"
        return self.unwanted(event) or self._settled(event) or self.lost(event)

    def unwanted(self, event: Event) -> str | None:
        """Returns why the consumer does not handle such an event, if that is known here."""
        return None

    def lost(self, event: Event) -> str:
        """Returns what does not happen if the event is not handled."""
        return f"{self.consumer} does not handle {event.type} {event.id}"

    def _settled(self, event: Event) -> str | None:
        """Returns why the event need not be handled any more; None if it has to be."""
        settled = self._records.status_of(event, in_order=self.in_order)
        return _STATUS_TEXT[settled] if settled else None

    def _why(self, message: QueueMessage, event: Event | None = None) -> str:
        """Returns what the consumer has recorded of the event."""
        if event is None:
            return f"{self.consumer} could not read it: {_unreadable_because(message)}"
        for each in mail_records(self._records.records(event_keys.changed_item(event))):
            if each.change == event_keys.change(event):
                return f"{each.description}, {each.at or UNKNOWN_TIME}"
        return f"{self.consumer} has recorded no error"


class UndeliveredLetters(ConsumerLetters):
    """The dead letters of the rule that sends events to the queue of a consumer."""

    def _why(self, message: QueueMessage, event: Event | None = None) -> str:
        return delivery_error(message)


def consumer_queues(outputs: Mapping[str, str]) -> Iterator[type[ConsumerLetters]]:
    """Yields the two dead-letter queues of each consumer that a stage has."""
    for output, handler in outputs.items():
        if not output.endswith(_CONSUMER):
            continue
        id = output.removesuffix(_CONSUMER)
        common = {"consumer": handler, "queue_output": f"{id}QueueUrl"}
        yield type(
            "UnhandledEvents",
            (ConsumerLetters,),
            common
            | {
                "holds": f"events that {handler} could not handle",
                "output": f"{id}DeadLetterQueueUrl",
            },
        )
        yield type(
            "UndeliveredEvents",
            (UndeliveredLetters,),
            common
            | {
                "holds": f"events that EventBridge could not deliver to the queue of {handler}",
                "output": f"Undelivered{id}QueueUrl",
            },
        )


def _event(message: QueueMessage) -> Event | None:
    """Returns the event, as a consumer reads it; None for anything else."""
    try:
        return read_event(message.body)
    except UnreadableEvent:
        return None


def _kept_because(message: QueueMessage) -> str:
    """Returns why a message that a consumer cannot read is not sent to it again."""
    if _unreadable_because(message) == NewerSchemaVersion.code:
        return (
            "a later release has published it; once that is deployed, use `orders-ops` from a checkout of it"
        )
    return "it is not an event, so it cannot be handled; `discard` it"


def _unreadable_because(message: QueueMessage) -> str:
    """Returns the cause for which a consumer cannot read a message."""
    try:
        read_event(message.body)
    except UnreadableEvent as error:
        return error.code
    return "READABLE"
