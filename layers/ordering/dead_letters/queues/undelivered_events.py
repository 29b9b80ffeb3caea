"""Events that EventBridge could not deliver to the order queue."""

from __future__ import annotations

from typing import Self

import msgspec

from ordering.dead_letters.letters import Action, DeadLetter, DeadLetterHandler, KeepMessage, unreadable
from ordering.dead_letters.orders import OrderDriver
from ordering.dead_letters.queues.order_messages import discarding, redriving
from ordering.dead_letters.sources import DeadLetterSource, QueueMessage, delivery_error
from ordering.dead_letters.stage import DeadLetterStage


class _Detail(msgspec.Struct, rename="camel"):
    order_id: str | None = None
    id: str | None = None
    # The id as the previous release has published it.
    event_id: str | None = None


class _Event(msgspec.Struct):
    """The event as it was on the bus, or, with only `orderId`, as the rule transformed it."""

    detail: _Detail = msgspec.field(default_factory=_Detail)
    type: str = msgspec.field(name="detail-type", default="event")
    order_id: str | None = msgspec.field(name="orderId", default=None)


class UndeliveredEvents(DeadLetterHandler):
    """The dead letters of the rule that sends events to the order queue."""

    name = "events"
    holds = "events that EventBridge could not deliver to the order queue"
    output = "UndeliveredEventsQueueUrl"

    def __init__(self, source: DeadLetterSource, orders: OrderDriver, order_queue_url: str) -> None:
        super().__init__(source)
        self._orders = orders
        self._order_queue = order_queue_url.rpartition("/")[2]

    @classmethod
    def of(cls, stage: DeadLetterStage) -> Self:
        """Returns the queue of a stage."""
        return cls(stage.source(cls.output), OrderDriver(stage), stage.output("OrderQueueUrl"))

    def read(self, message: QueueMessage) -> DeadLetter:
        """Returns the event, and EventBridge's error."""
        cause = delivery_error(message)
        try:
            event = msgspec.json.decode(message.body, type=_Event)
        except (ValueError, RecursionError):
            return unreadable(message, cause, " that are not an event")
        order_id = event.detail.order_id or event.order_id
        event_id = event.detail.id or event.detail.event_id
        about = " ".join(filter(None, [event.type, event_id]))
        return DeadLetter(message, about if event_id else f"{about} of order {order_id}", cause, order_id)

    def redriving(self, letter: DeadLetter) -> Action:
        """Drive the order, as the rule would have. Raises KeepMessage for the target of another rule."""
        target = letter.message.attributes.get("TARGET_ARN", "").rpartition(":")[2]
        if target and target != self._order_queue:
            raise KeepMessage(
                f"its target was {target}, not the order queue; `replay` to the rule of that target"
            )
        return redriving(self._orders, letter)

    def discarding(self, letter: DeadLetter) -> str:
        """Nothing is lost when the order has ended or does not exist."""
        return discarding(self._orders, letter)
