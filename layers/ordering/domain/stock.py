"""Stock: received + adjusted = available + held + shipped, for each SKU; only `adjusted` may be negative."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from msgspec.structs import replace

from ordering.domain.base import NonNegative, Positive, Record
from ordering.domain.clock import StoredTime
from ordering.domain.order import CustomerId
from ordering.domain.product import Sku, StoredSku

MAX_SHARDS = 16
"""So many shards take a thousand orders a second of one product, which is what one partition takes."""


class NotEnoughStock(ValueError):
    """A movement would make one of the figures negative."""


class Movement(NamedTuple):
    """How one unit moves between the figures of a stock record.

    The repositories derive the update and its condition from it, so that the rule is written once.
    """

    received: int = 0
    adjusted: int = 0
    available: int = 0
    held: int = 0
    shipped: int = 0

    @property
    def losing(self) -> tuple[str, ...]:
        """The figures that decrease and must not become negative: all but `adjusted`."""
        return tuple(name for name, unit in self._asdict().items() if unit < 0 and name != "adjusted")


RECEIVE = Movement(received=+1, available=+1)
# Held units belong to open orders, so only available units can be written off.
WRITE_OFF = Movement(adjusted=-1, available=-1)
FIND = Movement(adjusted=+1, available=+1)
HOLD = Movement(available=-1, held=+1)
RELEASE = Movement(available=+1, held=-1)
SHIP = Movement(held=-1, shipped=+1)


class StockSettings(NamedTuple):
    """What a product's maintainer decides about its stock: the threshold of StockLow, and its shards."""

    low_stock_at: int | None = None
    spread: int = 1


class Stock(Record, frozen=True):
    """The units of one SKU: every unit received is available, held for an open order, or shipped.

    `adjusted` is the sum of all adjustments: it is negative if fewer units were found than had been received.
    `low_stock_at` is the threshold of StockLow; None: there is none. It is stored with the figures, so that a
    change of either shows both.
    """

    sku: StoredSku
    received: NonNegative = 0
    adjusted: int = 0
    available: NonNegative = 0
    held: NonNegative = 0
    shipped: NonNegative = 0
    low_stock_at: NonNegative | None = None
    shards: Positive = 1
    """In the first shard only: how many may contain units. It is never lowered."""
    spread: Positive = 1
    """In the first shard only: over how many of them received units are spread."""
    version: NonNegative = 0

    @property
    def settings(self) -> StockSettings:
        """What the maintainer of the product has decided about it."""
        return StockSettings(self.low_stock_at, self.spread)

    def move(self, movement: Movement, units: int) -> "Stock":
        """Return the record after a movement of `units`. Raises NotEnoughStock."""
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
        """Whether every unit received is counted exactly once, and no figure is negative."""
        parts = (self.available, self.held, self.shipped)
        return min(parts) >= 0 and self.received + self.adjusted == sum(parts)


def total(shards: Sequence[Stock]) -> Stock:
    """Return the stock of a product from its shards; `shards` is not empty."""
    first, *others = shards
    if not others:
        return first
    names = ("received", "adjusted", "available", "held", "shipped", "version")
    return replace(first, **{name: sum(getattr(each, name) for each in shards) for name in names})


def allocate(available: Sequence[int], units: int, begin: int) -> dict[int, int] | None:
    """Return how many units to take from which shard; None if all together have too few.

    `available` are the units of each shard. One shard that has enough is preferred, the first from `begin`
    on; otherwise the fullest ones come first, so that few of them are needed.
    """
    if sum(available) < units:
        return None
    count = len(available)
    for shard in (number % count for number in range(begin, begin + count)):
        if available[shard] >= units:
            return {shard: units}
    taken: dict[int, int] = {}
    for shard in sorted(range(count), key=lambda number: -available[number]):
        if units:
            taken[shard] = min(units, available[shard])
            units -= taken[shard]
    return taken


def shares(units: int, shards: int) -> list[int]:
    """Return the shares of `units` by shard; they differ by one at most."""
    return [units // shards + (number < units % shards) for number in range(shards)]


def is_low(image: Mapping[str, Any]) -> bool:
    """Whether the stock of an item is at its threshold or below; not if there was never any stock.

    Raises TypeError if a figure is not a number.
    """
    threshold, available = image.get("lowStockAt"), image.get("available")
    return threshold is not None and available is not None and bool(available <= threshold)


class StockEntry(Record, frozen=True):
    """An entry of a product's stock ledger: a receipt of units, or an adjustment of their number.

    `received` is the number of units of a receipt; `adjusted` is the difference that an adjustment makes
    (negative for missing units), with its `reason`. `key` is the idempotency key of the request; `by` is the
    user who made it.
    """

    key: str
    created_at: StoredTime
    received: NonNegative = 0
    adjusted: int = 0
    reason: str | None = None
    # None in the entries of the first releases.
    by: CustomerId | None = None

    @property
    def moves(self) -> tuple[Movement, int]:
        """The effect of the entry on the stock: a movement, and the number of units."""
        if self.received:
            return RECEIVE, self.received
        return (WRITE_OFF, -self.adjusted) if self.adjusted < 0 else (FIND, self.adjusted)

    def matches(self, other: "StockEntry") -> bool:
        """Whether both entries have the same content, whatever their time and author."""
        return (self.received, self.adjusted, self.reason) == (other.received, other.adjusted, other.reason)


class ReservationStatus(StrEnum):
    """The status of a reservation. COMMITTED and RELEASED are final."""

    HELD = "HELD"
    COMMITTED = "COMMITTED"
    RELEASED = "RELEASED"


class Hold(Record, frozen=True):
    """Units of one SKU that a reservation holds, in one shard of its stock: see `hold`.

    The units of another shard than the first have a name of their own. A release that does not know shards
    cannot read such a hold, so it does not release or ship these units from the first shard.
    """

    sku: StoredSku
    quantity: NonNegative = 0
    """In the first shard."""
    shard: NonNegative = 0
    shard_quantity: NonNegative = 0
    """In any other shard."""

    def __post_init__(self) -> None:
        """Raises ValueError if there are no units, or if they have the wrong name: it is then unreadable."""
        if not (self.shard_quantity if self.shard else self.quantity) or self.quantity * self.shard:
            raise ValueError("a hold has units of one shard")

    @property
    def units(self) -> int:
        """How many units it holds."""
        return self.quantity or self.shard_quantity


def hold(sku: Sku, units: int, shard: int = 0) -> Hold:
    """Return a hold of units in a shard; 0 is the first one, which every stock has."""
    return Hold(sku=sku, shard=shard, shard_quantity=units) if shard else Hold(sku=sku, quantity=units)


def units_by_sku(holds: Iterable[Hold]) -> dict[Sku, int]:
    """Return how many units of each product are held, in all shards of its stock."""
    units: dict[Sku, int] = {}
    for each in holds:
        units[each.sku] = units.get(each.sku, 0) + each.units
    return units


class Reservation(Record, frozen=True):
    """The stock held for one order; it moves as a whole or not at all."""

    order_id: str
    status: ReservationStatus
    lines: Sequence[Hold]
    created_at: StoredTime
    updated_at: StoredTime
    version: Positive
