"""One order: found, and driven on."""

from __future__ import annotations

import json
from functools import cached_property

from ops.refusal import Refused
from ops.stage import Stage
from ops.words import in_short
from ordering.clock import now
from ordering.order import Order, OrderId
from ordering.table import keys
from ordering.table.items import record_of


class OrderDesk:
    """Looks orders up, and sends them to the queue that drives them."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def find(self, order_id: str) -> Order | None:
        """The order as it stands now; None if there is none of this id."""
        item = self._stage.table.get(keys.order(order_id))
        return record_of(item, Order) if item else None

    def of_id(self, order_id: str) -> Order:
        """The order as it stands now. Raises Refused if there is none."""
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

    @cached_property
    def _queue_url(self) -> str:
        return self._stage.output("OrderQueueUrl")


def standing(order: Order) -> str:
    """Where an order stands and why it does not go on, in a line."""
    words = [f"the order is {order.status}"]
    if order.parked_at:
        words.append(f"parked since {order.parked_at} after {order.attempts} attempts")
    if order.fault and not order.status.is_terminal:
        words.append(f"its last fault, {order.fault.at}: {in_short(order.fault.cause)}")
    return "; ".join(words)
