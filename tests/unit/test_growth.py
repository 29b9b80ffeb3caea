"""What grows: lists, the sweep and removals read as much of a large table as of a small one.

The table is a stand-in with partitions of any size, whose items exist only when they are read. So a million
items are as quick as ten, and every call and every item read is counted.
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any, cast

import pytest

from ordering.domain.order import Status
from ordering.domain.product import Sku
from ordering.dynamodb.client import Table
from ordering.repositories import keys
from ordering.repositories.catalogue import Catalogue, ProductFilter
from ordering.repositories.customer_jobs import CustomerJobs
from ordering.repositories.customer_orders import CustomerOrders, OrderFilter
from ordering.repositories.open_orders import START, OpenOrdersIndex
from ordering.repositories.reconciliation import Reconciliation
from ordering.repositories.refunds import Refunds
from ordering.repositories.stock_ledger import StockLedger
from tests.support.builders import CUSTOMER_ID

SIZES = [10, 10_000, 1_000_000]
LIMIT = 20
NOON = "2026-11-21T12:00:00.000Z"
# Query returns at most 1 MB ("Query", Amazon DynamoDB API Reference): some thousand items of an index.
MOST_ON_A_PAGE = 5_000


class LargeTable:
    """A table in which each partition of each index has the same number of items, none of them readable."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.calls = 0
        self.items_read = 0

    def query_page(
        self, condition: str, values: Mapping[str, Any], *, index: str, limit: int, **more: Any
    ) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        """Return the next items of a partition. A filter excludes all of them, which is the worst case."""
        del condition
        begin = int(more["start"]["number"]) if more.get("start") else 0
        end = min(begin + min(limit, MOST_ON_A_PAGE), self.size)
        self.calls += 1
        self.items_read += end - begin
        partition = next(iter(values.values()))
        items = [self._item(index, partition, number) for number in range(begin, end)]
        last = {**items[-1], "number": end} if end < self.size else None
        return [] if more.get("filters") else items, last

    def query(
        self, condition: str, values: Mapping[str, Any], *, index: str, limit: int, **more: Any
    ) -> list[dict[str, Any]]:
        """Return as many items of a partition as are wanted."""
        return self.query_page(condition, values, index=index, limit=limit, **more)[0]

    def _item(self, index: str, partition: str, number: int) -> dict[str, Any]:
        id = f"00000000-0000-8000-8000-{number:012x}"
        sort = f"ORDER#{NOON}#{id}" if partition.startswith("CUSTOMER#") else NOON
        return {"PK": f"ORDER#{id}", "SK": "ORDER", f"{index}PK": partition, f"{index}SK": sort}


@pytest.fixture(params=SIZES)
def large(request: pytest.FixtureRequest) -> LargeTable:
    """A table of each size."""
    return LargeTable(request.param)


def _table(large: LargeTable) -> Table:
    return cast(Table, large)


def _most(large: LargeTable, calls: int, items: int) -> None:
    assert large.calls <= calls
    assert large.items_read <= items


def test_page_of_orders_reads_no_more_than_the_page(large: LargeTable) -> None:
    CustomerOrders(_table(large)).orders(CUSTOMER_ID, OrderFilter(), LIMIT, None)
    _most(large, calls=1, items=LIMIT)


def test_page_of_orders_of_a_rare_status_reads_five_pages(large: LargeTable) -> None:
    """The client continues with the cursor, and no request reads all orders of a customer."""
    wanted = OrderFilter(status=Status.REJECTED)
    _, _, position = CustomerOrders(_table(large)).orders(CUSTOMER_ID, wanted, LIMIT, None)
    _most(large, calls=5, items=LIMIT + 4 * 100)
    assert (position is None) == (large.size <= LIMIT)


def test_page_of_open_orders_reads_one_page_of_each_partition(large: LargeTable) -> None:
    page, _ = OpenOrdersIndex(_table(large)).since(NOON, LIMIT, START)
    assert len(page) == LIMIT
    _most(large, calls=keys.READ_SHARDS, items=keys.READ_SHARDS * (LIMIT + 1))


def test_page_of_products_reads_one_more_than_the_page(large: LargeTable) -> None:
    Catalogue(_table(large)).listed(ProductFilter(), LIMIT, None)
    _most(large, calls=1, items=LIMIT + 1)


def test_page_of_stock_entries_reads_no_more_than_the_page(large: LargeTable) -> None:
    StockLedger(_table(large)).entries(Sku("MUG-RED"), LIMIT, None)
    _most(large, calls=1, items=LIMIT)


def test_sweep_reads_one_page_of_each_partition_of_what_is_due(large: LargeTable) -> None:
    sweep = Reconciliation(_table(large))
    for read in (sweep.open_since, sweep.unsettled_since):
        read(NOON, LIMIT)
    sweep.parked(LIMIT)
    CustomerJobs(_table(large)).due(LIMIT)
    Refunds(_table(large)).due(NOON, LIMIT)
    _most(large, calls=4 * keys.READ_SHARDS + 1, items=(4 * keys.READ_SHARDS + 1) * LIMIT)


def test_sweep_reads_no_further_than_it_nudges(large: LargeTable) -> None:
    due = Reconciliation(_table(large)).to_nudge(NOON, lambda order: True)
    assert len(list(islice(due, LIMIT))) == LIMIT
    one_page_of_each = keys.READ_SHARDS * 1_000
    _most(large, calls=keys.READ_SHARDS, items=one_page_of_each)


def test_removal_reads_one_page_of_orders_between_two_records_of_its_progress(large: LargeTable) -> None:
    orders = CustomerOrders(_table(large))
    items, _ = orders.entries(CUSTOMER_ID, OrderFilter(), 100, None)
    assert len(items) == min(100, large.size)
    _most(large, calls=1, items=100)
