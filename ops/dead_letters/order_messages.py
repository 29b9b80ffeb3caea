"""Messages of the order queue that drive_order could not handle within their eight receives."""

from __future__ import annotations

import msgspec

from ops.letters import Act, Kind, Left, Letter, unreadable
from ops.orders import OrderDesk, Unreadable, standing
from ops.piles import Message, Pile
from ordering.domain.order import Order

NO_ORDER = 'it names no order: its body is not {"orderId": …}'
NO_SUCH_ORDER = "the table holds no such order"


class _Body(msgspec.Struct, rename="camel"):
    order_id: str


class OrderMessages(Kind):
    """The order queue's dead letters: each names an order that has to be driven."""

    name = "order"
    holds = "messages of the order queue that drive_order gave up"

    def __init__(self, pile: Pile, desk: OrderDesk) -> None:
        super().__init__(pile)
        self._desk = desk

    def read(self, message: Message) -> Letter:
        """What holds the order up is written on the order itself."""
        try:
            order_id = msgspec.json.decode(message.body, type=_Body).order_id
        except (ValueError, RecursionError):
            return unreadable(message, NO_ORDER)
        return Letter(message, f"order {order_id}", why(self._desk, order_id), order_id)

    def redriving(self, letter: Letter) -> Act:
        """Send it anew: with a new message the count of receives, and the four days, begin afresh."""
        return redriving(self._desk, letter)

    def discarding(self, letter: Letter) -> str:
        """Nothing is lost of an order that has ended, or never was."""
        return discarding(self._desk, letter)


def why(desk: OrderDesk, order_id: str) -> str:
    """What is to be said of the order that a letter names."""
    try:
        order = desk.find(order_id)
    except Unreadable as unreadable:
        return unreadable.why
    return standing(order) if order else NO_SUCH_ORDER


def redriving(desk: OrderDesk, letter: Letter) -> Act:
    """Driving the order that a letter names, unless it has ended since. Raises Left when there is none."""
    if letter.order_id is None:
        raise Left(f"{letter.cause}; `discard` it")
    order = _found(desk, letter.order_id)
    if order is None:
        raise Left(f"{NO_SUCH_ORDER}; `discard` it")
    if order.status.is_terminal:
        return Act(f"removes it: the order is {order.status}", lambda: None)
    unparked = "unparks it and " if order.parked_at else ""
    return Act(f"{unparked}sends it to the order queue ({order.status})", lambda: desk.drive(order))


def discarding(desk: OrderDesk, letter: Letter) -> str:
    """What is lost with a letter that names an order. Raises Left while the order is open."""
    if letter.order_id is None:
        return letter.cause
    order = _found(desk, letter.order_id)
    if order and not order.status.is_terminal:
        raise Left(f"the order is {order.status}, not at its end; `redrive` it")
    return f"the order is {order.status}" if order else NO_SUCH_ORDER


def _found(desk: OrderDesk, order_id: str) -> Order | None:
    try:
        return desk.find(order_id)
    except Unreadable as unreadable:
        raise Left(str(unreadable)) from unreadable
