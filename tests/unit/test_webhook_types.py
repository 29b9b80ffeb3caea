"""Which types of events a webhook endpoint can have: those about an order."""

from ordering.domain.events.shapes import SHAPES
from ordering.domain.events.types import ItemKind
from ordering.domain.webhooks.endpoint import EVENT_TYPES

_OF_ORDERS = {ItemKind.ORDER, ItemKind.RESERVATION, ItemKind.SHIPMENT, ItemKind.PAYMENT, ItemKind.REFUND}


def test_endpoint_can_have_every_type_of_event_about_an_order_and_no_other() -> None:
    assert set(EVENT_TYPES) == {type for type, shape in SHAPES.items() if shape.KIND in _OF_ORDERS}
