"""Guarantee 5: the example of docs/extending.md counts each order once."""

from itertools import count

from ordering.domain.clock import now
from ordering.domain.events import Event
from tests.support.consumer_tests import ConsumerTests


class TestCountOrders(ConsumerTests):
    """Its effect is a number in the app's own table."""

    consumer = "count_orders"
    module = "tests.handlers.examples.count_orders"

    def prepare(self) -> None:
        self.numbers = count(1)

    def new_event(self) -> Event:
        return _fulfilled(f"order-{next(self.numbers)}", version=3)

    def later_event(self, event: Event) -> Event:
        return _fulfilled(str(event.order_id), version=4)

    def effects(self) -> int:
        return sum(int(item["orders"]) for item in self.world.items() if item["PK"] == "COUNT#ORDERS")


def _fulfilled(order_id: str, version: int) -> Event:
    return Event(
        event_id=f"ORDER#{order_id}/ORDER#{version}#OrderFulfilled",
        type="OrderFulfilled",
        at=now(),
        version=version,
        old=None,
        new={"status": "FULFILLED"},
        changed=("status",),
        order_id=order_id,
    )
