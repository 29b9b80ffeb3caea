"""Judges the stock of each product by the reservations and the stock ledgers of the whole table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec

from console.books.violation import Violation
from ordering.domain.product import Sku
from ordering.domain.stock import Reservation, ReservationStatus, Stock, StockEntry, total, units_by_sku
from ordering.repositories import keys
from ordering.repositories.keys import order_keys, product_keys

# The figures of a stock record that are sums over other items.
_SUMMED = ("held", "shipped", "received", "adjusted")
_FIGURE_OF = {ReservationStatus.HELD: "held", ReservationStatus.COMMITTED: "shipped"}


class StockSums:
    """The sums of all reservations and stock ledgers, by product. Its size grows with the catalogue only."""

    def __init__(self) -> None:
        self._shards: dict[Sku, dict[str, Stock]] = {}
        """The shards of each stock, by their sort keys."""
        self._sums: dict[str, Counter[Sku]] = {name: Counter() for name in _SUMMED}
        self.unreadable: list[Violation] = []

    def add(self, item: Mapping[str, Any]) -> None:
        """Count an item if it belongs to a stock."""
        self._count(item, 1)

    def replace(self, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        """Count an item in place of what it was before; None where it did not exist, or does not any more."""
        if old is not None:
            self._count(old, -1)
        if new is not None:
            self._count(new, 1)

    def _count(self, item: Mapping[str, Any], times: int) -> None:
        sort_key = str(item["SK"])
        sku = product_keys.product_of_partition(str(item["PK"]))
        try:
            if sort_key == order_keys.RESERVATION:
                self._count_reservation(msgspec.convert(item, Reservation), times)
            elif sku and product_keys.is_stock(item):
                shards = self._shards.setdefault(sku, {})
                shards.pop(sort_key, None)
                if times > 0:
                    shards[sort_key] = msgspec.convert(item, Stock)
                if not shards:
                    del self._shards[sku]
            elif sku and sort_key.startswith(product_keys.STOCK_ENTRY_PREFIX):
                entry = msgspec.convert(item, StockEntry)
                self._sums["received"][sku] += times * entry.received
                self._sums["adjusted"][sku] += times * entry.adjusted
        except msgspec.ValidationError:
            # An unreadable reservation is already among the violations of its order.
            if sort_key != order_keys.RESERVATION and times > 0:
                self.unreadable.append(Violation(None, keys.text(item), "it is not a valid stock record"))

    def _count_reservation(self, reservation: Reservation, times: int) -> None:
        if figure := _FIGURE_OF.get(reservation.status):
            for sku, units in units_by_sku(reservation.lines).items():
                self._sums[figure][sku] += times * units

    @property
    def stocks(self) -> Collection[Stock]:
        """The stock of each product, the sum of its shards."""
        return [_total(shards) for shards in self._shards.values()]

    @property
    def products(self) -> int:
        """How many products have a stock."""
        return len(self._shards)

    def violations(self) -> Iterator[tuple[Sku, Violation]]:
        """Yields each figure that is wrong, with its product."""
        for sku, shards in sorted(self._shards.items()):
            name, stock = keys.text(product_keys.stock(sku)), _total(shards)
            for sort_key, shard in sorted(shards.items()):
                if not shard.balances:
                    item = keys.text({**product_keys.stock(sku), "SK": sort_key})
                    yield sku, Violation(2, item, f"its figures do not add up: {_figures(shard)}")
            limit = max(each.shards for each in shards.values())
            for sort_key in sorted(
                shards.keys() - {product_keys.stock(sku, shard)["SK"] for shard in range(limit)}
            ):
                item = keys.text({**product_keys.stock(sku), "SK": sort_key})
                yield sku, Violation(2, item, f"it is not found, because the stock has {limit} shards")
            for figure, sums in self._sums.items():
                if (counted := getattr(stock, figure)) != sums[sku]:
                    source = "reservations" if figure in _FIGURE_OF.values() else "stock ledger"
                    yield sku, Violation(2, name, f"{figure} is {counted}, by its {source} {sums[sku]}")
        named = set().union(*(sums for sums in self._sums.values()))
        for sku in sorted(named - self._shards.keys()):
            if any(sums[sku] for sums in self._sums.values()):
                what = "reservations or a stock ledger name it, and it is missing"
                yield sku, Violation(2, keys.text(product_keys.stock(sku)), what)


def _total(shards: Mapping[str, Stock]) -> Stock:
    # The first shard's key is the shortest.
    return total([shards[sort_key] for sort_key in sorted(shards)])


def _figures(stock: Stock) -> str:
    names = ("received", "adjusted", "available", "held", "shipped")
    return ", ".join(f"{name} {getattr(stock, name)}" for name in names)
