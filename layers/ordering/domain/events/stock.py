"""The events of the stock that an order reserves."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from ordering.domain.events.envelope import Event, OrderIdText, Units
from ordering.domain.events.types import ItemKind
from ordering.domain.stock import ReservationStatus


class StockEvent(Event, frozen=True, kw_only=True):
    """What the events of a reservation share."""

    KIND: ClassVar[ItemKind] = ItemKind.RESERVATION

    order_id: OrderIdText
    old_status: ReservationStatus | UnsetType = UNSET
    lines: Annotated[Sequence[Units], Meta(description="The units of each product.")]


class StockReserved(StockEvent, frozen=True, kw_only=True):
    """Units are held for an order: fewer are available for other orders."""

    new_status: Literal["HELD"]


class StockReleased(StockEvent, frozen=True, kw_only=True):
    """Units that an order held are available again."""

    new_status: Literal["RELEASED"]
