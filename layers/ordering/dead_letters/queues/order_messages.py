"""Messages of the order queue that drive_order could not handle within eight receives."""

from __future__ import annotations

from typing import Self

import msgspec

from ordering.dead_letters.letters import Action, DeadLetter, DeadLetterHandler, KeepMessage, unreadable
from ordering.dead_letters.orders import OrderDriver, status_line
from ordering.dead_letters.sources import DeadLetterSource, QueueMessage
from ordering.dead_letters.stage import DeadLetterStage
from ordering.domain.order import Order
from ordering.domain.refusal import UnreadableOrder

NO_ORDER = 'its body is not {"orderId": …}, so it names no order'
NO_SUCH_ORDER = "the order does not exist"


class _Body(msgspec.Struct, rename="camel"):
    order_id: str


class OrderMessages(DeadLetterHandler):
    """The dead letters of the order queue: each names an order that has to be driven."""

    name = "order"
    holds = "messages of the order queue that drive_order could not handle"
    output = "OrderDeadLetterQueueUrl"

    def __init__(self, source: DeadLetterSource, orders: OrderDriver) -> None:
        super().__init__(source)
        self._orders = orders

    @classmethod
    def of(cls, stage: DeadLetterStage) -> Self:
        """Returns the queue of a stage."""
        return cls(stage.source(cls.output), OrderDriver(stage))

    def read(self, message: QueueMessage) -> DeadLetter:
        """Returns the order, and the error recorded with it."""
        try:
            order_id = msgspec.json.decode(message.body, type=_Body).order_id
        except (ValueError, RecursionError):
            return unreadable(message, NO_ORDER)
        return DeadLetter(message, f"order {order_id}", why(self._orders, order_id), order_id)

    def redriving(self, letter: DeadLetter) -> Action:
        """Send it again as a new message: its receive count and its retention of four days start anew."""
        return redriving(self._orders, letter)

    def discarding(self, letter: DeadLetter) -> str:
        """Nothing is lost when the order has ended or does not exist."""
        return discarding(self._orders, letter)


def why(orders: OrderDriver, order_id: str) -> str:
    """Returns the status of the order that a letter names, and why it does not continue."""
    try:
        order = orders.find(order_id)
    except UnreadableOrder as unreadable:
        return unreadable.why
    return status_line(order) if order else NO_SUCH_ORDER


def redriving(orders: OrderDriver, letter: DeadLetter) -> Action:
    """Drive the order that a letter names, unless it has ended. Raises KeepMessage when there is none."""
    if letter.order_id is None:
        raise KeepMessage(f"{letter.cause}; `discard` it")
    order = _found(orders, letter.order_id)
    if order is None:
        raise KeepMessage(f"{NO_SUCH_ORDER}; `discard` it")
    if order.status.is_terminal:
        return Action(f"removes it: the order is {order.status}", lambda: None)
    unparked = "unparks it and " if order.parked_at else ""
    return Action(f"{unparked}sends it to the order queue ({order.status})", lambda: orders.drive(order))


def discarding(orders: OrderDriver, letter: DeadLetter) -> str:
    """Returns what is lost with a letter. Raises KeepMessage while the order is open."""
    if letter.order_id is None:
        return letter.cause
    order = _found(orders, letter.order_id)
    if order and not order.status.is_terminal:
        raise KeepMessage(f"the order is {order.status} and has not ended; `redrive` it")
    return f"the order is {order.status}" if order else NO_SUCH_ORDER


def _found(orders: OrderDriver, order_id: str) -> Order | None:
    try:
        return orders.find(order_id)
    except UnreadableOrder as unreadable:
        raise KeepMessage(str(unreadable)) from unreadable
