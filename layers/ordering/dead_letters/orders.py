"""Looks orders up, and sends them to the queue that drives them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from ordering.dead_letters.stage import DeadLetterStage
from ordering.domain.clock import now
from ordering.domain.operator_text import Redactor, in_short
from ordering.domain.order import Order, OrderId, error_text
from ordering.domain.refusal import UnreadableOrder
from ordering.repositories.items import record_of
from ordering.repositories.keys import order_keys
from ordering.repositories.reconciliation import Reconciliation

# A partition key has 2,048 bytes at most ("Quotas in Amazon DynamoDB"): no order has a longer one.
_LONGEST_KEY = 2048


@contextmanager
def reading(order_id: str) -> Iterator[None]:
    """Raises UnreadableOrder for the errors that an unreadable order causes in the block."""
    try:
        yield
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise UnreadableOrder(
            f"the order {order_id} has a format that this release does not know: {error_text(error)}",
            "use `orders-ops` from a checkout of the deployed release; if that fails too, "
            "correct the item by hand",
        ) from error


class OrderDriver:
    """Looks orders up, unparks them, and sends them to the order queue."""

    def __init__(self, stage: DeadLetterStage) -> None:
        self._of = stage

    def find(self, order_id: str) -> Order | None:
        """Returns the order; None if there is none of this id. Raises UnreadableOrder."""
        if not is_an_id(order_id):
            return None
        item = self._of.table.get(order_keys.order(order_id))
        with reading(order_id):
            return record_of(item, Order) if item else None

    def drive(self, order: Order) -> None:
        """Send an order to the order queue, first unparking it if it is parked.

        If this process dies in between, the order is open again, and the sweep drives it.
        """
        if order.parked_at:
            self.unpark(order.order_id)
        body = json.dumps({"orderId": order.order_id})
        self._of.sqs.send_message(QueueUrl=self._queue_url, MessageBody=body)

    def unpark(self, order_id: OrderId) -> bool:
        """Return a parked order to the sweep; False if it is not parked."""
        return Reconciliation(self._of.table).unpark(order_id, at=now())

    @cached_property
    def _queue_url(self) -> str:
        return self._of.output("OrderQueueUrl")


def is_an_id(order_id: str) -> bool:
    """Whether an order can have this id: DynamoDB refuses longer keys."""
    try:
        return len(order_keys.order_partition(order_id).encode()) <= _LONGEST_KEY
    except UnicodeEncodeError:
        return False


def status_line(order: Order) -> str:
    """Returns the status of an order and why it does not continue, in one line."""
    words = [f"the order is {order.status}"]
    if order.parked_at:
        words.append(f"parked since {order.parked_at} after {order.reconcile_attempts} attempts")
    if order.fault and not order.status.is_terminal:
        cause = Redactor([order.payment_token])(in_short(order.fault.cause))
        words.append(f"its last error, {order.fault.at}: {cause}")
    return "; ".join(words)
