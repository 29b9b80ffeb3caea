"""The shards of a product's stock: several items among which its units are spread.

While a transaction holds an item, no other one can change it, so one item takes a few dozen orders a second.
A product with `stockShards` has further items, each with units, figures and a balance of its own; the stock
of the product is their sum.

The first shard is the item that every product has. Its `shards` says how many there may be, and is never
lowered: a shard that is no longer used may still hold units for orders, and what these give back is found.

| if a function dies                                 | then                                                  |
|----------------------------------------------------|-------------------------------------------------------|
| after another number of shards was written         | the units lie where they were, and orders find them;  |
|                                                    | the next PUT of the product spreads them              |
| while it moves units from shard to shard           | each transaction has moved them, or has not           |
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from zlib import crc32

from ordering.domain.order import Order, OrderLine
from ordering.domain.product import Sku
from ordering.domain.stock import FIND, WRITE_OFF, Hold, Stock, allocate, hold, shares, total, units_by_sku
from ordering.dynamodb import conflicts
from ordering.dynamodb.client import Table, TransactionCancelled
from ordering.dynamodb.codec import Item
from ordering.guards import Guard
from ordering.repositories.items import UnreadableRecord, record_of
from ordering.repositories.keys import product_keys
from ordering.repositories.updates import move_stock, stock_action

MAX_HOLDS = 90
"""An order's largest transactions have a few more actions, and DynamoDB takes 100 (`TransactWriteItems`)."""
# BatchGetItem reads 100 items.
_BATCH = 100
_TRIES = 5
# A PUT has written the product by then, and its function has ten seconds.
_SPREAD_DELAYS = conflicts.DELAYS[:4]


class StockShards:
    """The shards of one table's products."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, sku: Sku) -> list[Stock]:
        """Return the shards of a product, with one that is empty if it never had stock."""
        item = self._table.get(product_keys.stock(sku))
        first = record_of(item, Stock) if item else Stock(sku=sku)
        return _with_others(first, self._others([first]))

    def totals(self, firsts: Sequence[Stock]) -> Iterator[Stock | None]:
        """Yield the stock of each product whose first shard is given; None if a shard of it is unreadable.

        The other shards of all products are read together, and only if there are any.
        """
        others = self._others(firsts)
        for first in firsts:
            try:
                yield total(_with_others(first, others))
            except UnreadableRecord:
                yield None

    def total(self, first: Stock) -> Stock:
        """Return the stock of the product whose first shard is given."""
        return total(_with_others(first, self._others([first])))

    def _others(self, firsts: Iterable[Stock]) -> dict[tuple[str, str], Item]:
        """Return the items of the shards that belong to these first ones, by key."""
        wanted = [
            product_keys.stock(first.sku, number) for first in firsts for number in range(1, first.shards)
        ]
        found: dict[tuple[str, str], Item] = {}
        for start in range(0, len(wanted), _BATCH):
            for item in self._table.get_many(wanted[start : start + _BATCH]):
                found[item["PK"], item["SK"]] = item
        return found

    def find(
        self,
        order: Order,
        holds: Sequence[Hold],
        refused: Mapping[str, Mapping[str, object] | None],
        at: str,
    ) -> list[Hold] | None:
        """Return the holds with those that were refused moved to where units are; None if there are too few.

        `refused` are the actions whose condition has failed, with the items that they found. Raises
        TransactionCancelled if so many holds are needed that units must be moved first, and orders take them.
        """
        if not any(stock_action(each) in refused for each in holds):
            return None
        found: list[Hold] = []
        for sku, units in units_by_sku(holds).items():
            own = [each for each in holds if each.sku == sku]
            failed = [each for each in own if stock_action(each) in refused]
            if not failed:
                found += own
                continue
            if all(each.shard == 0 and _is_alone(refused[stock_action(each)]) for each in failed):
                return None
            # Orders begin at different shards, so that they do not all take the same one.
            taken = self._located(sku, units, _hash(order.order_id, sku))
            if taken is None:
                return None
            found += [hold(sku, units, shard) for shard, units in taken.items()]
        return found if len(found) <= MAX_HOLDS else self._gathered(found, at)

    def _located(self, sku: Sku, units: int, begin: int) -> dict[int, int] | None:
        """Return from which shards to take units; None if there are too few.

        The shards are not read at one moment: units that are given back to one that was read, while others
        are taken from one that was not, are missed. So too few are only believed when they were found twice.
        """
        for _ in range(2):
            available = [shard.available for shard in self.read(sku)]
            taken = allocate(available, units, begin % len(available))
            if taken:
                return taken
        return None

    def _gathered(self, holds: Sequence[Hold], at: str) -> list[Hold]:
        """Return few enough holds, after units were moved into one shard of their product."""
        of: dict[Sku, list[Hold]] = {}
        for each in holds:
            of.setdefault(each.sku, []).append(each)
        for sku, own in sorted(of.items(), key=lambda item: -len(item[1])):
            if sum(map(len, of.values())) <= MAX_HOLDS:
                break
            first, *others = own
            moved = sum(each.units for each in others)
            self._move(others, [hold(sku, moved, first.shard)], at, conflicts.DELAYS)
            of[sku] = [hold(sku, first.units + moved, first.shard)]
        return [each for own in of.values() for each in own]

    def spread(self, sku: Sku, at: str) -> None:
        """Spread the available units evenly over the shards in use, and take them from the others.

        What orders hold stays where it is. Raises TransactionCancelled if orders keep changing the shards.
        """
        for tries_left in reversed(range(_TRIES)):
            shards = self.read(sku)
            wanted = shares(total(shards).available, shards[0].spread) + [0] * len(shards)
            surplus = [shard.available - want for shard, want in zip(shards, wanted, strict=False)]
            gone = [hold(sku, units, shard) for shard, units in enumerate(surplus) if units > 0]
            come = [hold(sku, -units, shard) for shard, units in enumerate(surplus) if units < 0]
            if not gone:
                return
            try:
                self._move(gone, come, at, _SPREAD_DELAYS)
            except TransactionCancelled:
                if not tries_left:
                    raise
            else:
                return

    def _move(self, gone: Sequence[Hold], come: Sequence[Hold], at: str, delays: Sequence[float]) -> None:
        """Move available units from some shards into others, in one transaction.

        It is an adjustment down and one up, so each shard still adds up, and so does their sum.
        """
        self._table.transact(
            {
                **move_stock(gone, WRITE_OFF, at, Guard.ENTRY_ENOUGH),
                **move_stock(come, FIND, at, Guard.ENTRY_ENOUGH),
            },
            delays,
        )


def first_choice(order: Order) -> list[Hold]:
    """Return the holds of an order, each in a shard by the order's id."""
    return [hold(line.sku, line.quantity, _shard(order.order_id, line)) for line in order.lines]


def _with_others(first: Stock, others: Mapping[tuple[str, str], Item]) -> list[Stock]:
    # A shard that never had units does not exist.
    wanted = (product_keys.stock(first.sku, number) for number in range(1, first.shards))
    items = (others.get((key["PK"], key["SK"])) for key in wanted)
    return [first, *(record_of(item, Stock) if item else Stock(sku=first.sku) for item in items)]


def _is_alone(first: Mapping[str, object] | None) -> bool:
    """Whether a stock has no other shard than this one, as most have."""
    return (first or {}).get("shards", 1) == 1


def _shard(order_id: str, line: OrderLine) -> int:
    return _hash(order_id, line.sku) % line.stock_shards if line.stock_shards > 1 else 0


def _hash(order_id: str, sku: Sku) -> int:
    return crc32(f"{order_id}#{sku}".encode())
