"""Guarantee 5: an event becomes one delivery for each endpoint that wants it, and no other."""

import pytest
from msgspec.structs import replace

from ordering.domain.clock import now
from ordering.domain.events.envelope import Event
from ordering.domain.events.shapes import SHAPES
from ordering.domain.events.types import EventType
from ordering.domain.order import Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.webhooks.endpoint import EVENT_TYPES, DisabledReason
from ordering.dynamodb.transaction import ABSENT
from ordering.repositories.items import item_of
from ordering.repositories.keys import order_keys
from ordering.repositories.stream import event_of_images
from tests.handlers.webhooks.partner import Partner
from tests.support.aws_calls import Send
from tests.support.builders import LATER, NOON, image, order, payment
from tests.support.client_calls import Parameters
from tests.support.consumer_tests import ConsumerTests
from tests.support.logs import Logs


class TestFanOutWebhooks(ConsumerTests):
    """Its effect is a delivery in the app's own table."""

    consumer = "fan_out_webhooks"

    def prepare(self) -> None:
        self.partner = Partner(self.world, self.calls, self.clock)
        self.partner.endpoint()

    def new_event(self) -> Event:
        return self.partner.event()

    def later_event(self, event: Event) -> Event:
        return self.partner.event(Status.FULFILLED, 3, event.subject)

    def effects(self) -> int:
        return sum(item["PK"].startswith("DELIVERY#") for item in self.world.items())


def test_event_is_delivered_to_each_endpoint_that_wants_its_type(partner: Partner) -> None:
    every, confirmed = partner.endpoint(), partner.endpoint(types=(EventType.ORDER_CONFIRMED,))
    fulfilled = partner.endpoint(types=(EventType.ORDER_FULFILLED,))
    partner.publish(partner.event(Status.CONFIRMED))
    assert [len(partner.log(each)) for each in (every, confirmed, fulfilled)] == [1, 1, 0]
    assert len(partner.messages) == 2


def test_event_of_another_customers_order_is_not_delivered(partner: Partner) -> None:
    """Guarantee 6: a partner gets events of their own orders only."""
    endpoint = partner.endpoint()
    partner.publish(replace(partner.event(), customer_id="f" * 32))
    assert (partner.log(endpoint), partner.messages) == ([], [])


def test_event_without_an_endpoint_costs_neither_a_write_nor_a_line_of_the_log(
    partner: Partner, logs: Logs
) -> None:
    """Most shops have no partner, and each order has eight events."""
    before = partner.world.items()
    partner.publish(partner.event())
    assert partner.world.items() == before
    assert [line for line in logs.lines if line["level"] != "DEBUG"] == []


def test_event_of_a_payment_goes_to_the_customer_of_its_order(partner: Partner) -> None:
    """An event of a payment, a shipment or a reservation names the order only."""
    endpoint = partner.endpoint()
    stored = order(Status.CONFIRMED)
    partner.world.table.put(item_of(stored, order_keys.order(stored.order_id)), condition=ABSENT)
    paid = event_of_images(None, image(replace(payment(PaymentStatus.CAPTURED), updated_at=now())))
    assert paid
    partner.publish(paid)
    assert [delivery.type for delivery in partner.log(endpoint)] == [EventType.PAYMENT_CAPTURED]


def test_every_type_that_partners_get_is_about_an_order() -> None:
    """The fan-out reads the event's order to find the partner. Otherwise, every attempt would fail."""
    with_an_order = {type for type, shape in SHAPES.items() if "order_id" in shape.__struct_fields__}
    assert set(EVENT_TYPES) == with_an_order


def test_event_is_not_delivered_to_a_disabled_endpoint(partner: Partner) -> None:
    endpoint = partner.endpoint()
    assert partner.webhooks.disable(endpoint, DisabledReason.GONE, at=LATER)
    partner.publish(partner.event())
    assert (partner.log(endpoint), partner.messages) == ([], [])


def test_delivery_is_not_written_if_its_message_was_not_sent(partner: Partner) -> None:
    """Otherwise there would be a delivery that nothing attempts."""

    def refuse(parameters: Parameters, send: Send) -> object:
        return {"Successful": [], "Failed": [{"Id": "0", "Code": "InternalError", "SenderFault": False}]}

    endpoint = partner.endpoint()
    partner.calls.next("SendMessageBatch", refuse)
    with pytest.raises(AssertionError):
        partner.publish(partner.event())
    assert partner.log(endpoint) == []


def test_body_has_the_form_of_the_specification_and_no_storage_key(partner: Partner) -> None:
    endpoint = partner.endpoint()
    event = partner.event(Status.CONFIRMED)
    partner.publish(event)
    (delivery,) = partner.log(endpoint)
    assert delivery.body.startswith('{"type":"OrderConfirmed","timestamp":"2026-11-21T')
    assert f'"id":"{event.id}"' in delivery.body
    assert "#" not in delivery.body
    assert NOON[:10] in delivery.body
