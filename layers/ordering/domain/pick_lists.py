"""Pick lists: what a warehouse needs to pack an order.

A pick list contains no personal data. The carrier has the address, and prints it on the label of the tracking
number.
"""

from collections.abc import Sequence

from msgspec import Struct

from ordering.domain.events.envelope import Event
from ordering.domain.order_details import OrderDetails

SCHEMA_VERSION = 1


class PickLine(Struct, frozen=True, kw_only=True, rename="camel"):
    """Units of one product to be packed, with the product's name when it was ordered."""

    sku: str
    name: str
    quantity: int


class PickList(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The pick list of one order. Each order has one; it may be delivered twice."""

    schema_version: int
    order_id: str
    event_id: str
    """The id of the event of which it is made."""
    placed_at: str
    fulfilled_at: str
    lines: Sequence[PickLine]
    tracking_number: str | None = None


def pick_list_for(event: Event, details: OrderDetails) -> PickList:
    """Return the pick list of an order. `event` says that it is fulfilled."""
    order = details.order
    return PickList(
        schema_version=SCHEMA_VERSION,
        order_id=order.order_id,
        event_id=event.id,
        placed_at=order.created_at,
        fulfilled_at=event.time,
        lines=[PickLine(sku=line.sku, name=line.name, quantity=line.quantity) for line in order.lines],
        tracking_number=details.shipment.tracking_number if details.shipment else None,
    )
