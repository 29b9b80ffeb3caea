"""Stock: received = available + held + shipped, for each SKU, and none of them negative."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from msgspec.structs import replace

from ordering.model import Record
from ordering.product import Sku


class NotEnoughStock(ValueError):
    """A movement would leave fewer than no units somewhere."""


class Movement(NamedTuple):
    """How one unit moves between the four figures of a stock record.

    The table renders these as its update and its condition, so that the rule is written once.
    """

    received: int = 0
    available: int = 0
    held: int = 0
    shipped: int = 0


RECEIVE = Movement(received=+1, available=+1)
HOLD = Movement(available=-1, held=+1)
RELEASE = Movement(available=+1, held=-1)
SHIP = Movement(held=-1, shipped=+1)


class Stock(Record, frozen=True):
    """The units of one SKU: everything received is available, held for an open order, or shipped."""

    sku: Sku
    received: int = 0
    available: int = 0
    held: int = 0
    shipped: int = 0
    version: int = 0

    def move(self, movement: Movement, units: int) -> "Stock":
        """The record after `units` moved. Raises NotEnoughStock."""
        moved = replace(
            self,
            received=self.received + movement.received * units,
            available=self.available + movement.available * units,
            held=self.held + movement.held * units,
            shipped=self.shipped + movement.shipped * units,
            version=self.version + 1,
        )
        if not moved.balances:
            raise NotEnoughStock(f"{units} units cannot move by {movement} from {self}")
        return moved

    @property
    def balances(self) -> bool:
        """Whether every unit received is accounted for, and none twice."""
        parts = (self.available, self.held, self.shipped)
        return min(parts) >= 0 and self.received == sum(parts)


class ReservationStatus(StrEnum):
    """Where a reservation stands. COMMITTED and RELEASED are ends."""

    HELD = "HELD"
    COMMITTED = "COMMITTED"
    RELEASED = "RELEASED"


class Hold(Record, frozen=True):
    """Units of one SKU that a reservation holds."""

    sku: Sku
    quantity: int


class Reservation(Record, frozen=True):
    """The stock held for one order; it moves as a whole or not at all."""

    order_id: str
    status: ReservationStatus
    lines: Sequence[Hold]
    created_at: str
    updated_at: str
    version: int
