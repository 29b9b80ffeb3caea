"""What all consumers of events share: the messages of one queue, each of whose events is handled once.

    consumer = Consumer("notify_customer", table, queue_url=os.environ["NOTIFICATIONS_QUEUE_URL"])

    @consumer.calls(EventType.ORDER_CONFIRMED, EventType.ORDER_FULFILLED)
    def send_mail(event: Event) -> str:
        ...

    handler = consumer.handler

There are two kinds of consumers, by where their effect takes place:

| decorator | the effect is                  | what makes it happen once                                    |
|-----------|--------------------------------|--------------------------------------------------------------|
| `calls`   | a call to another service      | the event is claimed before the call, and recorded after it  |
| `writes`  | a write to the app's own table | the record is written in the same transaction                |

`calls` handles the events of one item in their order: an event that a later one has overtaken is skipped,
since a call cannot be undone. `writes` handles every event, in any order.

| if it dies                        | `calls`                                    | `writes`                  |
|-----------------------------------|--------------------------------------------|---------------------------|
| before the effect                 | the message is redelivered; an earlier     | the message is            |
|                                   | claim has expired by then                  | redelivered               |
| between the effect and its record | the same, and the effect happens twice     | not possible              |
| after the record                  | the message is redelivered, and nothing    | the same                  |
|                                   | happens                                    |                           |

A message that cannot be read, or whose event the consumer does not handle, fails until it is in the
dead-letter queue, which notifies the on-call engineer. It does not hold other messages back.
"""

import random
from collections.abc import Callable, Mapping
from time import sleep
from typing import Any, NamedTuple

from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering import guards
from ordering.aws.logging import logger
from ordering.aws.sqs_batch import SqsMessage, SqsQueue
from ordering.consumers.recording import RECORD_RETRY_DELAYS, record_patiently
from ordering.domain.clock import now
from ordering.domain.events.envelope import Event
from ordering.domain.events.reading import UnreadableEvent, read_event
from ordering.domain.events.types import EventType, ItemKind
from ordering.domain.order import fault_of
from ordering.domain.trace import log_keys
from ordering.dynamodb.client import Table, TransactionCancelled
from ordering.dynamodb.transaction import WriteAction
from ordering.guards import Guard
from ordering.repositories.processed_events import Claim, ClaimRefusal, ProcessedEvents

# Delays between attempts to claim an event while another invocation handles one of the same item, and to
# write an effect while another transaction changes one of its items. That takes a moment
# only, but a failed message is redelivered much later.
_CLAIM_RETRY_DELAYS = (0.1, 0.2, 0.4, 0.8)
# What the subject of an event is called in the log; all others are about an order.
_SUBJECTS: Mapping[ItemKind, str] = {
    ItemKind.PRODUCT: "sku",
    ItemKind.STOCK: "sku",
    ItemKind.WEBHOOK: "webhook_id",
}

Call = Callable[[Event], str]
"""Makes the call for an event; returns its outcome, a word for the record and the log."""


class TableWrites(NamedTuple):
    """The effect of an event in the app's own table: the outcome, and the named actions of a transaction."""

    outcome: str
    actions: Mapping[str, WriteAction]


class _Handled(NamedTuple):
    """The outcome of an event, and whether the event can have an effect of this consumer."""

    outcome: str
    concerns: bool = True


class Busy(Exception):
    """Another invocation is handling an event of the same item."""


class UnexpectedEvent(Exception):
    """The event is of a type that the consumer does not handle."""


class Consumer:
    """One consumer. Its name is that of its file in `lambdas/events`, and is part of its records' keys."""

    def __init__(self, name: str, table: Table, *, queue_url: str) -> None:
        self.name = name
        self.types: frozenset[EventType] = frozenset()
        """The types of the events that it handles."""
        self.records = ProcessedEvents(table, name)
        """What it has recorded of each event."""
        self._queue = SqsQueue(queue_url)
        self._handle: Callable[[Event], _Handled]

    def calls(self, *types: EventType) -> Callable[[Call], Call]:
        """Handle events of these types by a function that calls another service."""

        def register(call: Call) -> Call:
            self.types, self._handle = frozenset(types), lambda event: _Handled(self._call(call, event))
            return call

        return register

    def writes(
        self, *types: EventType
    ) -> Callable[[Callable[[Event], TableWrites]], Callable[[Event], TableWrites]]:
        """Handle events of these types by a function that returns what is written to the app's own table.

        The function may run more than once for an event, but what it returns is written once.
        """

        def register(effect: Callable[[Event], TableWrites]) -> Callable[[Event], TableWrites]:
            self.types, self._handle = frozenset(types), lambda event: self._write(effect, event)
            return effect

        return register

    def repeats(self, *types: EventType) -> Callable[[Call], Call]:
        """Handle events of these types by a function that may run again for an event without harm.

        Nothing is recorded of an event.
        """

        def register(call: Call) -> Call:
            self.types, self._handle = frozenset(types), lambda event: _Handled(call(event), concerns=False)
            return call

        return register

    @property
    def handler(self) -> Callable[[dict[str, Any], LambdaContext], dict[str, Any]]:
        """The Lambda handler: handles each message of a batch, and reports by id those that failed."""
        decorated: Callable[[dict[str, Any], LambdaContext], dict[str, Any]]
        decorated = logger.inject_lambda_context(self._handle_batch, clear_state=True)
        return decorated

    def _handle_batch(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        failed = [message for message in event["Records"] if not self._handle_message(message)]
        return self._queue.partial_batch_response(failed)

    def _handle_message(self, message: SqsMessage) -> bool:
        log_fields = {
            "message_id": message["messageId"],
            "receives": message["attributes"]["ApproximateReceiveCount"],
        }
        try:
            event = read_event(message["body"])
        except UnreadableEvent as error:
            # It is not deleted: an event with a newer schema is redriven once the release that reads it runs.
            logger.exception("not an event", extra={**log_fields, "cause": error.code})
            return False
        subject = _SUBJECTS.get(event.KIND, "order_id")
        log_fields |= {subject: event.subject, "event": event.id, "event_type": event.type.value}
        with logger.append_context_keys(**log_keys(event.ids)):
            return self._handle_and_log(event, log_fields)

    def _handle_and_log(self, event: Event, log_fields: dict[str, Any]) -> bool:
        try:
            if event.type not in self.types:
                raise UnexpectedEvent(f"{self.name} does not handle {event.type}")
            handled = self._handle(event)
        except Busy:
            # Not a fault: it is handled when it is redelivered.
            logger.warning("another invocation handles an event of the same item", extra=log_fields)
            return False
        except Exception:
            logger.exception("event not handled", extra=log_fields)
            return not guards.applies(Guard.CONSUME_FAILED)
        # Most events of a shop concern no partner: a line for each would cost more than handling it.
        log = logger.info if handled.concerns else logger.debug
        log("event handled", extra={**log_fields, "outcome": handled.outcome})
        return True

    def _write(self, effect: Callable[[Event], TableWrites], event: Event) -> _Handled:
        """Write the effect and its record, unless that was done before.

        An event without an effect gets no record: nothing can be done twice.
        """
        outcome, actions = effect(event)
        if not actions:
            return _Handled(outcome, concerns=False)
        for pause in _CLAIM_RETRY_DELAYS:
            try:
                return self._complete(event, outcome, actions)
            except TransactionCancelled as cancelled:
                # A conflict with another transaction was retried already; the table may also be throttled.
                if cancelled.failures or cancelled.is_conflict:
                    raise
                sleep(pause * (0.5 + random.random()))  # noqa: S311 (jitter is no secret)
        return self._complete(event, outcome, actions)

    def _complete(self, event: Event, outcome: str, actions: Mapping[str, WriteAction]) -> _Handled:
        refusal = self.records.complete_with(event, outcome, actions, at=now())
        return _Handled(refusal.name if refusal else outcome)

    def _call(self, call: Call, event: Event) -> str:
        """Make the call, unless that was done before. Returns the outcome."""
        claim = self._claim(event)
        if guards.applies(Guard.CONSUME_BUSY, claim is ClaimRefusal.BUSY):
            raise Busy(event.id)
        if not isinstance(claim, Claim):
            return claim.name
        try:
            outcome = guards.perform(Guard.CONSUME_FIRST, lambda claimed: call(claimed.event), claim)
        except Exception as error:
            if guards.applies(Guard.CONSUME_RELEASED):
                self.records.release(claim, fault_of(error, at=now()))
            raise
        self._record(claim, outcome)
        return outcome

    def _claim(self, event: Event) -> Claim | ClaimRefusal:
        """Claim the event, as soon as no other invocation handles an event of its item."""
        for pause in _CLAIM_RETRY_DELAYS:
            claim = self.records.claim(event)
            if claim is not ClaimRefusal.BUSY:
                return claim
            # Random jitter, so that two competing invocations do not keep yielding to each other.
            sleep(pause * (0.5 + random.random()))  # noqa: S311 (jitter is no secret)
        return self.records.claim(event)

    def _record(self, claim: Claim, outcome: str) -> None:
        """Record the outcome, so that the call is not made again."""
        record_patiently(
            lambda: self.records.complete(claim, outcome, at=now()),
            delays=guards.value(Guard.CONSUME_RECORDED, RECORD_RETRY_DELAYS),
            sleep=sleep,
            log_fields={"event": claim.event.id},
        )
