"""Looks single orders up, unparks them, and sends them to the queue that drives them."""

from __future__ import annotations

from typing import NoReturn

from ops.documents.orders import QueueDepth
from ops.errors import CommandRefused
from ops.queue_depth import depth
from ops.stage import Stage
from ordering.dead_letters.orders import OrderDriver, is_an_id, reading
from ordering.domain.order import Order, OrderId
from ordering.domain.order_details import OrderDetails


class OrderService(OrderDriver):
    """Looks orders up, and sends them to the queue that drives them."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._stage = stage

    def of_id(self, order_id: str) -> Order:
        """Returns the order. Raises CommandRefused if there is none, or it is unreadable."""
        return self.find(order_id) or self._not_found(order_id)

    def details(self, order_id: str) -> OrderDetails:
        """Returns the order with all that belongs to it. Raises CommandRefused as `of_id` does."""
        with reading(order_id):
            details = self._stage.orders.load(OrderId(order_id)) if is_an_id(order_id) else None
        return details or self._not_found(order_id)

    def _not_found(self, order_id: str) -> NoReturn:
        raise CommandRefused(
            f"stage {self._stage.name} has no order {order_id}", "check the id and the stage"
        )

    def queued(self) -> QueueDepth:
        """Returns how many messages the order queue holds."""
        return depth(self._stage.sqs, "order", self._queue_url)
