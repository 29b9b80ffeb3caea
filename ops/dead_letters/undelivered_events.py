"""Events that EventBridge could not bring to the order queue."""

from __future__ import annotations

import msgspec

from ops.dead_letters.eventbridge import undelivered_because
from ops.dead_letters.order_messages import discarding, redriving
from ops.letters import Act, Kind, Left, Letter, unreadable
from ops.orders import OrderDesk
from ops.piles import Message, Pile


class _Detail(msgspec.Struct, rename="camel"):
    order_id: str | None = None
    event_id: str | None = None


class _Event(msgspec.Struct):
    """The event as it was on the bus; the rule's own transformation comes after the queue's attributes."""

    detail: _Detail = msgspec.field(default_factory=_Detail)
    type: str = msgspec.field(name="detail-type", default="event")
    # What the rule makes of it, in case that is what lies here.
    order_id: str | None = msgspec.field(name="orderId", default=None)


class UndeliveredEvents(Kind):
    """The dead letters of the rule that fills the order queue."""

    name = "events"
    holds = "events that EventBridge could not bring to the order queue"

    def __init__(self, pile: Pile, desk: OrderDesk, order_queue_url: str) -> None:
        super().__init__(pile)
        self._desk = desk
        self._order_queue = order_queue_url.rpartition("/")[2]

    def read(self, message: Message) -> Letter:
        """EventBridge says why it could not."""
        cause = undelivered_because(message)
        try:
            event = msgspec.json.decode(message.body, type=_Event)
        except (ValueError, RecursionError):
            return unreadable(message, cause, " that are no event")
        order_id = event.detail.order_id or event.order_id
        about = " ".join(filter(None, [event.type, event.detail.event_id]))
        return Letter(
            message, about if event.detail.event_id else f"{about} of order {order_id}", cause, order_id
        )

    def redriving(self, letter: Letter) -> Act:
        """Drive the order: all that the rule would have done. Raises Left for another rule's target."""
        target = letter.message.attributes.get("TARGET_ARN", "").rpartition(":")[2]
        if target and target != self._order_queue:
            raise Left(
                f"it was meant for {target}, not for the order queue; `replay` the rule that feeds that"
            )
        return redriving(self._desk, letter)

    def discarding(self, letter: Letter) -> str:
        """Nothing is lost of an order that has ended, or never was."""
        return discarding(self._desk, letter)
