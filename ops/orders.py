"""One order: found, and driven on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from ops.refusal import Refused
from ops.stage import Stage
from ops.words import in_short
from ordering.domain.clock import now
from ordering.domain.order import Order, OrderId, error_text
from ordering.repositories import keys
from ordering.repositories.items import record_of

if TYPE_CHECKING:
    from types_boto3_sqs.literals import QueueAttributeNameType


# A partition key has 2,048 bytes at most ("Quotas in Amazon DynamoDB"): no order has a longer one.
_LONGEST_KEY = 2048


class Unreadable(Refused):
    """An order that this release cannot read: another has written it, or a person."""


@contextmanager
def reading(order_id: str) -> Iterator[None]:
    """Say of an order that cannot be read, or shown, that it cannot. Raises Unreadable."""
    try:
        yield
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise Unreadable(
            f"the order {order_id} is in a shape that this release does not know: {error_text(error)}",
            "run this from a checkout of the deployed release; if it is, put the item right by hand",
        ) from error


class OrderDesk:
    """Looks orders up, and sends them to the queue that drives them."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def find(self, order_id: str) -> Order | None:
        """The order as it stands now; None if there is none of this id. Raises Unreadable."""
        if not is_an_id(order_id):
            return None
        item = self._stage.table.get(keys.order(order_id))
        with reading(order_id):
            return record_of(item, Order) if item else None

    def of_id(self, order_id: str) -> Order:
        """The order as it stands now. Raises Refused if there is none, or it is unreadable."""
        order = self.find(order_id)
        if order is None:
            raise Refused(
                f"stage {self._stage.name} has no order {order_id}",
                "check the id, and that it is this stage's",
            )
        return order

    def drive(self, order: Order) -> None:
        """Put an order on the order queue, first unparking it if it is parked.

        If we die in between, it is open again, and the sweep drives it.
        """
        if order.parked_at:
            self.unpark(order.order_id)
        body = json.dumps({"orderId": order.order_id})
        self._stage.sqs.send_message(QueueUrl=self._queue_url, MessageBody=body)

    def unpark(self, order_id: OrderId) -> bool:
        """Give a parked order back to the sweep; False if it is not parked."""
        return self._stage.sweep.unpark(order_id, at=now())

    def queued(self) -> tuple[int, int]:
        """How many messages the order queue holds that could be received, and how many that were and have
        neither been handled nor come back yet."""
        names: list[QueueAttributeNameType] = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
        ]
        answer = self._stage.sqs.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=names)
        visible, hidden = (int(answer["Attributes"][name]) for name in names)
        return visible, hidden

    @cached_property
    def _queue_url(self) -> str:
        return self._stage.output("OrderQueueUrl")


def is_an_id(order_id: str) -> bool:
    """Whether an order can have this id at all: DynamoDB would refuse to look for any other."""
    try:
        return len(keys.order_partition(order_id).encode()) <= _LONGEST_KEY
    except UnicodeEncodeError:
        return False


def standing(order: Order) -> str:
    """Where an order stands and why it does not go on, in a line."""
    words = [f"the order is {order.status}"]
    if order.parked_at:
        words.append(f"parked since {order.parked_at} after {order.attempts} attempts")
    if order.fault and not order.status.is_terminal:
        words.append(f"its last fault, {order.fault.at}: {in_short(order.fault.cause)}")
    return "; ".join(words)
