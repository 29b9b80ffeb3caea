"""The events of an order's shipment. They contain no address."""

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from ordering.domain.events.envelope import Event, OrderIdText
from ordering.domain.events.types import ItemKind
from ordering.domain.shipment import ShipmentStatus


class ShipmentEvent(Event, frozen=True, kw_only=True):
    """What the events of a shipment share."""

    KIND: ClassVar[ItemKind] = ItemKind.SHIPMENT

    order_id: OrderIdText
    old_status: ShipmentStatus | UnsetType = UNSET
    tracking_number: (
        Annotated[str, Meta(description="The carrier's tracking number.", examples=["SBX67AC7C2F9402"])]
        | UnsetType
    ) = UNSET


class ShipmentBooked(ShipmentEvent, frozen=True, kw_only=True):
    """The carrier will collect the goods."""

    new_status: Literal["BOOKED"]


class ShipmentDispatched(ShipmentEvent, frozen=True, kw_only=True):
    """The goods are on their way."""

    new_status: Literal["DISPATCHED"]
