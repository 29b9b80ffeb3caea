"""What grows: the daily report reads the totals, which do not grow with the orders of a day.

The table is a stand-in: each of its partitions has the rows that so many orders leave in it.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, cast

import pytest

from ordering.domain.sales import MAX_SHARDS, Totals
from ordering.domain.sales_groups import By
from ordering.dynamodb.client import Table
from ordering.repositories.keys import sales_keys
from ordering.repositories.sales import Sales

DAY = date(2026, 11, 30)
DAYS = [DAY - timedelta(days=before) for before in range(15)]
PRODUCTS, CATEGORIES = 50, 5
# The shards of a month, and the rows that a rebuild has counted.
PARTITIONS = MAX_SHARDS + 1


class SoldOut:
    """The totals of a shop with so many orders a day, each of one product."""

    def __init__(self, orders: int) -> None:
        self._orders = orders
        self.queries = 0
        self.rows_read = 0

    def query(self, condition: str, values: Mapping[str, Any], **more: Any) -> Iterator[dict[str, Any]]:
        """Yield the rows of a partition, of every day: those that DynamoDB leaves out are read as well."""
        del condition, more
        self.queries += 1
        of_products = str(values[":low"]).startswith(sales_keys.PRODUCT_TOTAL_PREFIX)
        for name in range(min(self._orders, PRODUCTS if of_products else CATEGORIES)):
            for day in reversed(DAYS):
                self.rows_read += 1
                text = day.isoformat()
                sort_key = (
                    sales_keys.product_total(f"MUG-{name:02}", "EUR", text)
                    if of_products
                    else sales_keys.category_total(text, "EUR", f"category {name}")
                )
                yield {"SK": sort_key, "orders": 1}


@pytest.mark.parametrize("orders", [10, 10_000, 1_000_000])
def test_daily_report_reads_as_many_rows_as_there_are_products_and_days(orders: int) -> None:
    table = SoldOut(orders)
    sales = Sales(cast(Table, table))
    state = Totals()
    assert len(list(sales.products_of(state, DAY))) == min(orders, PRODUCTS)
    assert table.queries == PARTITIONS
    assert table.rows_read <= PARTITIONS * PRODUCTS * len(DAYS)
    table.queries = table.rows_read = 0
    sales.sums(state, By.DAY, DAYS[-1], DAY)
    assert table.queries == PARTITIONS
    assert table.rows_read <= PARTITIONS * CATEGORIES * len(DAYS)


def test_daily_report_holds_one_row_of_each_partition_at_a_time() -> None:
    """The rows are sorted in each partition, so that they are merged while they are read."""
    table = SoldOut(1_000_000)
    next(Sales(cast(Table, table)).products_of(Totals(), DAY))
    assert table.rows_read <= PARTITIONS * (len(DAYS) + 1)
