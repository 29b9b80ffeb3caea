"""Guarantee 5: notify_customer keeps what every consumer of events guarantees."""

import json
from uuid import uuid4

import pytest

from ordering.domain.events.envelope import Event
from ordering.domain.order import OrderId, Status
from ordering.dynamodb.transaction import ABSENT
from ordering.repositories.keys import order_keys
from tests.handlers.events.notify_customer.notifying import transition_event, with_profile
from tests.support.consumer_tests import ConsumerTests
from tests.support.orders import an_order
from tests.support.ses import prove_sender, sent


@pytest.mark.slow
class TestNotifyCustomer(ConsumerTests):
    """Its effect is a mail, which SES sends again if it is asked again."""

    consumer = "notify_customer"
    in_order = True
    may_repeat = True

    def prepare(self) -> None:
        prove_sender()
        self.order_id = an_order(self.world, "fulfilled")
        with_profile(self.world)

    def new_event(self) -> Event:
        return transition_event(self.world, self._copied(), Status.CONFIRMED)

    def later_event(self, event: Event) -> Event:
        return transition_event(self.world, OrderId(event.subject), Status.FULFILLED)

    def effects(self) -> int:
        return len(sent())

    def _copied(self) -> OrderId:
        """Returns a copy of the order, under an id of its own: a new order takes seven steps."""
        copy = OrderId(str(uuid4()))
        for item in self.world.table.query(
            "PK = :order", {":order": order_keys.order_partition(self.order_id)}
        ):
            copied = json.loads(json.dumps(item, default=int).replace(self.order_id, copy))
            self.world.table.put(copied, condition=ABSENT)
        return copy
