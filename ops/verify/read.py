"""Reads a whole table and judges it. Nothing is written, and at most a few megabytes a second are read.

A table that is in use changes while it is read. So each item that looks wrong is read again before it is
reported:

- an order, by a consistent read of its partition;
- the sums of a product, by its stock record. Every movement of stock sets its `updatedAt`, in the transaction
  that changes the reservation or the ledger. If that time is older than the read of the table, nothing of the
  product has changed meanwhile, and the difference is real. Otherwise the product is not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from console.books.orders import violations_of_order
from console.books.products import violations_of_product
from console.books.stock import StockSums
from console.books.violation import Violation
from ops.stage import Stage
from ops.table_scan import TableScan
from ordering.domain.clock import ago
from ordering.domain.product import Sku
from ordering.dynamodb.client import Table
from ordering.repositories.keys import order_keys, product_keys

MOST_FINDINGS = 1_000
"""After so many the read stops: something is wrong with the whole table."""
# For differences between the clocks of the functions and this one, and for reads that are not consistent.
_MARGIN_MINUTES = 5


@dataclass
class TableVerdict:
    """What a table was found to contain. `unjudged` are the products that changed while it was read."""

    scan: TableScan
    orders: int = 0
    products: int = 0
    violations: list[Violation] = field(default_factory=list)
    unjudged: list[Sku] = field(default_factory=list)

    @property
    def is_cut(self) -> bool:
        """Whether there may be more findings than are listed."""
        return len(self.violations) >= MOST_FINDINGS


def verify_table(
    stage: Stage, name: str, progress: Callable[[str], None], *, per_second: float
) -> TableVerdict:
    """Returns what is wrong in a table of the stage."""
    began = ago(minutes=_MARGIN_MINUTES)
    table = Table(name)
    found = TableVerdict(TableScan(stage.dynamodb, name, pages=None, per_second=per_second))
    sums = StockSums()
    for partition in _partitions(found.scan, progress, sums, found.violations):
        order_id = order_keys.order_of_partition(str(partition[0]["PK"]))
        if order_id is None:
            continue
        found.orders += any(item["SK"] == order_keys.ORDER for item in partition)
        if violations_of_order(partition):
            found.violations += _read_again(table, str(partition[0]["PK"]))
        if found.is_cut:
            return found
    found.products = sums.products
    found.violations += sums.unreadable
    judged: dict[Sku, bool] = {}
    for sku, violation in sums.violations():
        if sku not in judged:
            shards = table.query(*product_keys.shards_of(sku))
            changed = [str(item.get("updatedAt", "")) for item in shards if product_keys.is_stock(item)]
            judged[sku] = max(changed, default="") < began
        if judged[sku]:
            found.violations.append(violation)
    found.unjudged = [sku for sku, is_judged in judged.items() if not is_judged]
    return found


def _read_again(table: Table, partition: str) -> list[Violation]:
    return violations_of_order(list(table.query("PK = :partition", {":partition": partition})))


def _partitions(
    scan: TableScan, progress: Callable[[str], None], sums: StockSums, violations: list[Violation]
) -> Iterator[list[dict[str, Any]]]:
    """Yields consecutive items of one partition together, and counts every item in `sums`.

    What is wrong with a product is added to `violations`: it is one item, so it is not read again.

    A page may end within a partition, and DynamoDB does not guarantee that a scan reads a partition in one
    piece. If it does not, the parts look wrong, and the order is read again.
    """
    partition: list[dict[str, Any]] = []
    for page in scan.items(None, progress):
        for item in page:
            sums.add(item)
            violations += violations_of_product(item)
            if partition and item["PK"] != partition[0]["PK"]:
                yield partition
                partition = []
            partition.append(item)
    if partition:
        yield partition
