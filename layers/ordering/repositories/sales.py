"""Totals of sales in the table: rows that events add to, and the sums that are read of them.

A sum without one of its rows would be wrong. So an unreadable row is reported, and its sum is not returned.

Rows are spread over shards. An event chooses its shard at random: the record that is written with it makes
sure that it counts once, in any shard. Readers read every shard that can exist, so the number of shards
in use can be changed at any time.
"""

import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from heapq import merge
from itertools import groupby
from typing import Any

import msgspec

from ordering.domain.sales import KEPT_DAYS, MAX_SHARDS, Counts, Level, Total, TotalRow, Totals
from ordering.domain.sales_groups import By
from ordering.dynamodb.client import Table
from ordering.dynamodb.codec import Item
from ordering.dynamodb.transaction import WriteAction, update
from ordering.repositories import keys
from ordering.repositories.items import SCHEMA_VERSION, record_in_list, record_of
from ordering.repositories.keys import sales_keys

# Each number of `Counts` as an attribute of a row.
_ATTRIBUTES: Mapping[str, str] = dict(
    zip(Counts.__struct_fields__, Counts.__struct_encode_fields__, strict=True)
)
# So many rows of each shard are read ahead of a page of products.
_CHUNK = 100


class SalesCursor(msgspec.Struct, frozen=True):
    """The total after which a page begins."""

    name: str
    currency: str


class Sales:
    """The totals of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def state(self) -> Totals:
        """Returns which generation is valid. A new table has no state yet, and counts every event."""
        item = self._table.get(sales_keys.sales_state())
        return record_of(item, Totals) if item else Totals()

    def totals(
        self, state: Totals, by: By, first: date, last: date, *, limit: int, after: SalesCursor | None = None
    ) -> tuple[list[Total], SalesCursor | None]:
        """Returns a page of the totals of the days from `first` to `last`, and where the next one begins.

        They are in the order of their names, and of their currencies. Raises UnreadableRecord.
        """
        found = (
            self._by_product(state, first, last, after)
            if by is By.PRODUCT
            else iter(self._summed(state, by, first, last, after))
        )
        page: list[Total] = []
        for total in found:
            if len(page) == limit:
                return page, SalesCursor(page[-1].name, page[-1].currency)
            page.append(total)
        return page, None

    def sums(self, state: Totals, by: By, first: date, last: date) -> list[Total]:
        """Returns all totals of the days by day, category or currency, in the order of their names.

        There are few of them, unlike those of products. Raises UnreadableRecord.
        """
        return self._summed(state, by, first, last, None)

    def days(self, state: Totals, first: date, last: date) -> tuple[list[Total], set[str]]:
        """Returns the totals of each day, and the days that have an unreadable row, which have no total."""
        sums: dict[tuple[str, str], Counts] = {}
        unreadable: set[str] = set()
        for item in self._category_rows(state, first, last):
            day, currency, _ = sales_keys.parts_of_total(item)
            if counts := record_in_list(item, Counts):
                sums[day, currency] = sums.get((day, currency), Counts()) + counts.once()
            else:
                unreadable.add(day)
        totals = [Total(day, currency, sums[day, currency]) for day, currency in sorted(sums)]
        return [total for total in totals if total.name not in unreadable], unreadable

    def products_of(self, state: Totals, day: date) -> Iterator[Total]:
        """Yields the totals of every product that changed on one day, in the order of the SKUs.

        It reads every row of products of the month, page by page, because a product's days follow each other.
        Only the rows of the day are returned by DynamoDB: all rows of a day expire at the same time.
        Raises UnreadableRecord.
        """
        prefix = sales_keys.PRODUCT_TOTAL_PREFIX
        rows = merge(
            *(
                self._table.query(
                    "PK = :partition AND SK BETWEEN :low AND :high",
                    {
                        ":partition": partition,
                        ":low": prefix,
                        ":high": sales_keys.totals_after(prefix),
                        ":expires": expiry(day.isoformat()),
                    },
                    filters=f"{keys.TIME_TO_LIVE} = :expires",
                    only=("PK", "SK", *_ATTRIBUTES.values()),
                )
                for partition in _partitions(state, day, day)
            ),
            key=lambda item: str(item["SK"]),
        )
        for (sku, currency), items in groupby(rows, key=lambda item: sales_keys.parts_of_total(item)[:2]):
            yield Total(sku, currency, sum((record_of(item, Counts) for item in items), Counts()))

    def _summed(
        self, state: Totals, by: By, first: date, last: date, after: SalesCursor | None
    ) -> list[Total]:
        """Returns sums over the rows of categories, of which there are few."""
        if by is By.DAY and after:
            first = max(first, date.fromisoformat(after.name))
        sums: dict[tuple[str, str], Counts] = {}
        for item in self._category_rows(state, first, last):
            day, currency, category = sales_keys.parts_of_total(item)
            name = {By.DAY: day, By.CATEGORY: category}.get(by, "")
            counts = record_of(item, Counts)
            before = sums.get((name, currency), Counts())
            sums[name, currency] = before + (counts if by is By.CATEGORY else counts.once())
        return [
            Total(name, currency, sums[name, currency])
            for name, currency in sorted(sums)
            if after is None or (name, currency) > (after.name, after.currency)
        ]

    def _category_rows(self, state: Totals, first: date, last: date) -> Iterator[Item]:
        between = sales_keys.totals_between(
            sales_keys.CATEGORY_TOTAL_PREFIX + first.isoformat(),
            sales_keys.CATEGORY_TOTAL_PREFIX + last.isoformat(),
        )
        for partition in _partitions(state, first, last):
            yield from self._rows(partition, *between)

    def _by_product(
        self, state: Totals, first: date, last: date, after: SalesCursor | None
    ) -> Iterator[Total]:
        """Yields the sums of each product. The rows of each shard are sorted by product: they are merged."""
        prefix = sales_keys.PRODUCT_TOTAL_PREFIX
        low = (
            sales_keys.totals_after(sales_keys.product_total(after.name, after.currency, ""))
            if after
            else prefix
        )
        high = sales_keys.totals_after(prefix)
        rows = merge(
            *(
                self._rows(partition, low, high, chunk=_CHUNK)
                for partition in _partitions(state, first, last)
            ),
            key=lambda item: str(item["SK"]),
        )
        for (sku, currency), items in groupby(rows, key=lambda item: sales_keys.parts_of_total(item)[:2]):
            counts = [
                record_of(item, Counts)
                for item in items
                if first.isoformat() <= sales_keys.parts_of_total(item)[2] <= last.isoformat()
            ]
            if counts:
                yield Total(sku, currency, sum(counts, Counts()))

    def _rows(self, partition: str, low: str, high: str, *, chunk: int | None = None) -> Iterator[Item]:
        condition = "PK = :partition AND SK BETWEEN :low AND :high"
        values = {":partition": partition, ":low": low, ":high": high}
        start: dict[str, str] | None = None
        while True:
            number = 0
            for item in self._table.query(condition, values, limit=chunk, start=start):
                number += 1
                start = {"PK": partition, "SK": str(item["SK"])}
                yield item
            if chunk is None or number < chunk:
                return


def adding(added: Mapping[TotalRow, Counts], generation: int, shards: int) -> dict[str, WriteAction]:
    """Returns the actions that add to rows, in a shard that is chosen at random."""
    shard = random.randrange(shards)  # noqa: S311 (it spreads load, and is no secret)
    return {_name(row): _addition(row, counts, generation, shard) for row, counts in added.items()}


def rebuilt_item(row: TotalRow, counts: Counts, generation: int) -> dict[str, Any]:
    """Returns the item of a row that a rebuild has counted."""
    numbers = {_ATTRIBUTES[name]: number for name, number in _nonzero(counts)}
    return {
        **_key(row, generation, None),
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        keys.TIME_TO_LIVE: expiry(row.day),
        **numbers,
    }


def expiry(day: str) -> int:
    """When the rows of a day are deleted, in seconds since 1970."""
    noon = datetime.combine(date.fromisoformat(day), time(12), UTC)
    return int(noon.timestamp()) + KEPT_DAYS * 86_400


def partitions_of(generation: int, months: Iterable[str]) -> Iterator[str]:
    """Yields every partition that a generation can have."""
    for month in months:
        for shard in (*range(MAX_SHARDS), None):
            yield sales_keys.sales_shard(generation, month, shard)


def months(first: date, last: date) -> Iterator[str]:
    """Yields the months from one day to another."""
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        yield f"{year:04}-{month:02}"
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _partitions(state: Totals, first: date, last: date) -> Iterator[str]:
    """Yields the partitions of the days.

    While a rebuild runs, they include what events add to the new generation, but not what the rebuild has
    counted, because the old generation has counted that too.
    """
    yield from partitions_of(state.active, months(first, last))
    if state.building is not None:
        for month in months(first, last):
            for shard in range(MAX_SHARDS):
                yield sales_keys.sales_shard(state.building, month, shard)


def _addition(row: TotalRow, counts: Counts, generation: int, shard: int) -> WriteAction:
    numbers = dict(_nonzero(counts))
    added = ", ".join(f"{_ATTRIBUTES[name]} :{name}" for name in numbers)
    return update(
        _key(row, generation, shard),
        f"SET schemaVersion = :schema, {keys.TIME_TO_LIVE} = :expires ADD #version :one, {added}",
        condition=None,
        names={"#version": "version"},
        values={
            ":schema": SCHEMA_VERSION,
            ":expires": expiry(row.day),
            ":one": 1,
            **{f":{name}": number for name, number in numbers.items()},
        },
    )


def _key(row: TotalRow, generation: int, shard: int | None) -> dict[str, str]:
    sort_key = (
        sales_keys.product_total(row.name, row.currency, row.day)
        if row.level is Level.PRODUCT
        else sales_keys.category_total(row.day, row.currency, row.name)
    )
    return {"PK": sales_keys.sales_shard(generation, row.day[:7], shard), "SK": sort_key}


def _name(row: TotalRow) -> str:
    return f"{row.level} {row.name} in {row.currency} on {row.day}"


def _nonzero(counts: Counts) -> list[tuple[str, int]]:
    return [(name, number) for name in _ATTRIBUTES if (number := getattr(counts, name))]
