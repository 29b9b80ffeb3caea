"""The events of stock: what an order reserves, and a product that is running out."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from ordering.domain.events.envelope import Event, OrderIdText, Units
from ordering.domain.events.types import ItemKind
from ordering.domain.product import SkuText
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


class StockLow(Event, frozen=True, kw_only=True):
    """The available units of a product have fallen to its `lowStockAt`, or below.

    It is published once each time, also if `lowStockAt` was raised to the available units, and if the first
    receipt of units leaves the product at its threshold or below: nothing else would say that it is low.
    There is none for a product that has never had stock.
    """

    KIND: ClassVar[ItemKind] = ItemKind.STOCK

    sku: SkuText
    available: Annotated[
        int, Meta(ge=0, description="The number of units that can be ordered.", examples=[4])
    ]
    low_stock_at: Annotated[int, Meta(ge=0, description="The threshold of the product.", examples=[5])]
