"""What grows: a rebuild of the totals of sales reads the table once, page by page.

The table is a stand-in with any number of pages, whose items exist only when they are read.
"""

from collections.abc import Iterator, Mapping
from math import ceil
from types import SimpleNamespace
from typing import Any, cast

import pytest
from msgspec.structs import replace

from ops.sales.rebuilding import rebuild_sales
from ops.stage import Stage
from ordering.dead_letters.stage import TIME_ZONE
from ordering.domain.order import Status, Transition
from ordering.dynamodb.codec import Item, decode_item, encode_item
from ordering.repositories.items import item_of
from ordering.repositories.keys import order_keys
from tests.support.builders import order
from tests.support.clock import MovableClock

# A page is a megabyte: a quarter of an order's items is the order itself.
PAGE = 250


class LargeTable:
    """A table with so many items, of which one on each page is a fulfilled order of the same day."""

    name = "orders"

    def __init__(self, size: int) -> None:
        self._size = size
        self.scans = 0
        self.items_read = 0
        self.other_calls = 0
        self.rows_written = 0
        self._state: Item | None = None
        placed = order(Status.FULFILLED)
        sold = replace(placed, history=(*placed.history, Transition(Status.FULFILLED, placed.created_at)))
        self._order = encode_item(item_of(sold, order_keys.order(sold.order_id)))
        self._other = encode_item({"PK": "CUSTOMER#1", "SK": "PROFILE"})

    def scan(self, ExclusiveStartKey: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Return the next page."""
        del more
        begin = int(ExclusiveStartKey["number"]["N"]) if ExclusiveStartKey else 0
        end = min(begin + PAGE, self._size)
        self.scans += 1
        self.items_read += end - begin
        found = {"Items": [self._order, *[self._other] * (end - begin - 1)], "ScannedCount": end - begin}
        return found | ({"LastEvaluatedKey": {"number": {"N": str(end)}}} if end < self._size else {})

    def get(self, key: Mapping[str, str]) -> Item | None:
        """Return the state of the totals."""
        del key
        self.other_calls += 1
        return self._state

    def transact(self, actions: Mapping[str, Any]) -> None:
        """Write the state of the totals."""
        self.other_calls += 1
        (action,) = actions.values()
        self._state = decode_item(action["Put"]["Item"])

    def query(self, *arguments: Any, **more: Any) -> Iterator[Item]:
        """Return no earlier row."""
        del arguments, more
        self.other_calls += 1
        return iter(())

    def put_many(self, items: list[Item]) -> None:
        """Count the rows that are written."""
        self.other_calls += 1
        self.rows_written += len(items)

    def delete_many(self, items: list[Item]) -> None:
        """Delete nothing."""
        del items
        self.other_calls += 1


@pytest.mark.slow
def test_rebuild_reads_each_page_once_and_makes_no_other_call_for_an_order() -> None:
    """What it writes, and holds in memory, grows with the products and days, and not with the orders."""
    other_calls = set()
    for size in (10, 10_000, 1_000_000):
        table, clock = LargeTable(size), MovableClock()
        stage = SimpleNamespace(
            name="prod",
            outputs={TIME_ZONE: "Europe/Berlin"},
            dynamodb=table,
            table=table,
            patient_table=table,
        )
        with clock.ticking():
            rebuild_sales(cast(Stage, stage), yes=True, per_second=1e9, as_json=True, sleep=clock.move)
        assert (table.scans, table.items_read) == (ceil(size / PAGE), size)
        assert table.rows_written == len(["of the product", "of its category"])
        other_calls.add(table.other_calls)
    assert len(other_calls) == 1, other_calls
