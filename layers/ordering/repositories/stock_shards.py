"""The shards of a product's stock: several items among which its units are spread.

While a transaction holds an item, no other one can change it, so one item takes a few dozen orders a second.
A product with `stockShards` has further items, each with units, figures and a balance of its own; the stock
of the product is their sum.

The first shard is the item that every product has. Its `shards` says how many there may be, and is never
lowered: a shard that is no longer used may still hold units for orders, and what these give back is found.
"""

from collections.abc import Mapping, Sequence
from zlib import crc32

from ordering.domain.order import Order, OrderLine
from ordering.domain.product import Sku
from ordering.domain.stock import FIND, WRITE_OFF, Hold, Stock, allocate, shares, total
from ordering.dynamodb.client import Table, TransactionCancelled
from ordering.guards import Guard
from ordering.repositories import keys
from ordering.repositories.items import record_of
from ordering.repositories.updates import move_stock, stock_action

_TRIES = 5


class StockShards:
    """The shards of one table's products."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, sku: Sku) -> list[Stock]:
        """Return the shards of a product, with one that is empty if it never had stock."""
        item = self._table.get(keys.stock(sku))
        return self.with_others(record_of(item, Stock) if item else Stock(sku=sku))

    def with_others(self, first: Stock) -> list[Stock]:
        """Return the first shard and the others, which are read in one call if there are any."""
        if first.shards == 1:
            return [first]
        wanted = [keys.stock(first.sku, number) for number in range(1, first.shards)]
        found = {item["SK"]: record_of(item, Stock) for item in self._table.get_many(wanted)}
        return [first, *(found.get(key["SK"], Stock(sku=first.sku)) for key in wanted)]

    def find(
        self, holds: Sequence[Hold], refused: Mapping[str, Mapping[str, object] | None], begin: str
    ) -> list[Hold] | None:
        """Return the holds with those that were refused moved to where units are; None if there are too few.

        `refused` are the actions whose condition has failed, with the items that they found; `begin` spreads
        the orders over the shards that have enough.
        """
        if not any(stock_action(hold) in refused for hold in holds):
            return None
        found: list[Hold] = []
        for sku, units in _by_sku(holds).items():
            own = [hold for hold in holds if hold.sku == sku]
            failed = [hold for hold in own if stock_action(hold) in refused]
            if not failed:
                found += own
                continue
            first = refused[stock_action(failed[0])] if failed[0].shard == 0 else {"shards": 2}
            if (first or {}).get("shards", 1) == 1:
                return None
            taken = self._located(sku, units, begin)
            if taken is None:
                return None
            found += [Hold(sku=sku, quantity=units, shard=shard) for shard, units in taken.items()]
        return found

    def _located(self, sku: Sku, units: int, begin: str) -> dict[int, int] | None:
        """Return from which shards to take units; None if there are too few.

        The shards are not read at one moment: units that are given back to one that was read, while others
        are taken from one that was not, are missed. So too few are only believed when they were found twice.
        """
        for _ in range(2):
            available = [shard.available for shard in self.read(sku)]
            taken = allocate(available, units, _hash(begin, sku) % len(available))
            if taken:
                return taken
        return None

    def spread(self, sku: Sku, over: int, at: str) -> None:
        """Spread the available units evenly over so many shards, and take them from the others.

        The first shard must say by then that so many may contain units. What orders hold stays where it is.
        Raises TransactionCancelled if orders keep changing the shards.
        """
        for tries_left in reversed(range(_TRIES)):
            shards = self.read(sku)
            wanted = [*shares(total(shards).available, over), *[0] * len(shards)]
            surplus = [shard.available - want for shard, want in zip(shards, wanted, strict=False)]
            gone = [Hold(sku=sku, quantity=n, shard=i) for i, n in enumerate(surplus) if n > 0]
            come = [Hold(sku=sku, quantity=-n, shard=i) for i, n in enumerate(surplus) if n < 0]
            if not gone:
                return
            try:
                self._table.transact(
                    {
                        **move_stock(gone, WRITE_OFF, at, Guard.ENTRY_ENOUGH),
                        **move_stock(come, FIND, at, Guard.ENTRY_ENOUGH),
                    }
                )
            except TransactionCancelled as cancelled:
                if not tries_left or not cancelled.failures:
                    raise
            else:
                return


def first_choice(order: Order) -> list[Hold]:
    """Return the holds of an order, each in a shard by the order's id."""
    return [
        Hold(sku=line.sku, quantity=line.quantity, shard=_shard(order.order_id, line)) for line in order.lines
    ]


def _shard(order_id: str, line: OrderLine) -> int:
    return _hash(order_id, line.sku) % line.stock_shards if line.stock_shards > 1 else 0


def _hash(order_id: str, sku: Sku) -> int:
    return crc32(f"{order_id}#{sku}".encode())


def _by_sku(holds: Sequence[Hold]) -> dict[Sku, int]:
    units: dict[Sku, int] = {}
    for hold in holds:
        units[hold.sku] = units.get(hold.sku, 0) + hold.quantity
    return units
