"""Guarantee 5: the example of docs/extending.md counts each order once."""

from itertools import count

from msgspec.structs import replace

from ordering.domain.clock import now
from ordering.domain.events.envelope import Event
from ordering.domain.order import OrderId, Status
from ordering.repositories.stream import event_of_images
from tests.support.builders import image, order
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
        return _fulfilled(event.subject, version=4)

    def effects(self) -> int:
        return sum(int(item["orders"]) for item in self.world.items() if item["PK"] == "COUNT#ORDERS")


def _fulfilled(order_id: str, version: int) -> Event:
    changed = replace(order(Status.FULFILLED, version=version), order_id=OrderId(order_id), updated_at=now())
    event = event_of_images(None, image(changed))
    assert event
    return event
