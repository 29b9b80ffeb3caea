"""Stock: received + adjusted = available + held + shipped, for each SKU; only `adjusted` may be negative."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from msgspec.structs import replace

from ordering.domain.base import Record
from ordering.domain.order import CustomerId
from ordering.domain.product import Sku


class NotEnoughStock(ValueError):
    """A movement would leave fewer than no units somewhere."""


class Movement(NamedTuple):
    """How one unit moves between the figures of a stock record.

    The table renders these as its update and its condition, so that the rule is written once.
    """

    received: int = 0
    adjusted: int = 0
    available: int = 0
    held: int = 0
    shipped: int = 0

    @property
    def losing(self) -> tuple[str, ...]:
        """The figures that fall, and have to be high enough for that: `adjusted` alone may be negative."""
        return tuple(name for name, unit in self._asdict().items() if unit < 0 and name != "adjusted")


RECEIVE = Movement(received=+1, available=+1)
# What open orders hold is promised to them: only what is available can turn out not to be there.
WRITE_OFF = Movement(adjusted=-1, available=-1)
FIND = Movement(adjusted=+1, available=+1)
HOLD = Movement(available=-1, held=+1)
RELEASE = Movement(available=+1, held=-1)
SHIP = Movement(held=-1, shipped=+1)


class Stock(Record, frozen=True):
    """The units of one SKU: everything received is available, held for an open order, or shipped.

    `adjusted` is by how much what was received has been put right since: the sum of all adjustments, negative
    where fewer units were found than were counted in.
    """

    sku: Sku
    received: int = 0
    adjusted: int = 0
    available: int = 0
    held: int = 0
    shipped: int = 0
    version: int = 0

    def move(self, movement: Movement, units: int) -> "Stock":
        """The record after `units` moved. Raises NotEnoughStock."""
        moved = replace(
            self,
            received=self.received + movement.received * units,
            adjusted=self.adjusted + movement.adjusted * units,
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
        return min(parts) >= 0 and self.received + self.adjusted == sum(parts)


class StockEntry(Record, frozen=True):
    """An entry of a product's stock ledger: units that came in (`received`), or by how many the count was put
    right (`adjusted`, negative for units that are not there), and why.

    `key` is the idempotency key that it was entered with; `by` says who entered it.
    """

    key: str
    created_at: str
    received: int = 0
    adjusted: int = 0
    reason: str | None = None
    # Entries of the first releases do not tell.
    by: CustomerId | None = None

    @property
    def moves(self) -> tuple[Movement, int]:
        """What the entry does to the stock: a movement, and of how many units."""
        if self.received:
            return RECEIVE, self.received
        return (WRITE_OFF, -self.adjusted) if self.adjusted < 0 else (FIND, self.adjusted)

    def says_the_same(self, other: "StockEntry") -> bool:
        """Whether two requests for an entry, whenever and by whomever they were made, ask for the same."""
        return (self.received, self.adjusted, self.reason) == (other.received, other.adjusted, other.reason)


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
