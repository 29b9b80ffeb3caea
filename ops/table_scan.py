"""Reads the whole table, for searches without an index: slowly on purpose, up to a limit, counting its cost.

A page is one megabyte at most ("Scan", Amazon DynamoDB API Reference). A read that is not consistent costs
half a unit for each four kilobytes, whatever its filter leaves out ("Capacity unit consumption for read
operations", Amazon DynamoDB Developer Guide).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from console.progress import step
from ops.documents.orders import ReadCost
from ops.pace import Pace
from ordering.dynamodb.codec import decode_item, encode_item

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# About 500 read units a second, a small part of what a table on demand can serve.
PAGES_PER_SECOND = 4.0
# "Amazon DynamoDB pricing": on demand, Europe (Ireland), in dollars; other regions differ a little.
_DOLLARS_PER_UNIT = 0.1415 / 1_000_000
_SMALLEST_PRICE = 0.0001


@dataclass(frozen=True)
class ScanFilter:
    """Which items are read: the condition on them, its values, and the attributes that are returned."""

    condition: str
    values: Mapping[str, str]
    attributes: tuple[str, ...]

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of Scan. Every name is a placeholder, because many names are reserved words."""
        return {
            "FilterExpression": self.condition,
            "ExpressionAttributeValues": encode_item(self.values),
            "ExpressionAttributeNames": {f"#{name}": name for name in self.attributes},
            "ProjectionExpression": ", ".join(f"#{name}" for name in self.attributes),
        }


@dataclass
class TableScan:
    """A scan of up to `pages` pages (None: all), which begins after the key `start`.

    `next` is the key after which to continue; None once the table was read to its end.
    """

    dynamodb: DynamoDBClient
    table: str
    pages: int | None
    start: Mapping[str, str] | None = None
    cost: ReadCost = field(default_factory=lambda: ReadCost(pages=0, items=0, units=0.0))
    next: Mapping[str, str] | None = None
    per_second: float = PAGES_PER_SECOND

    def items(
        self, wanted: ScanFilter | None, progress: Callable[[str], None]
    ) -> Iterator[list[dict[str, Any]]]:
        """Yields the items that pass the filter (None: every item, whole), page by page."""
        request: dict[str, Any] = {
            "TableName": self.table,
            "ReturnConsumedCapacity": "TOTAL",
            **(wanted.parameters if wanted else {}),
        }
        pace, self.next = Pace(self.per_second), self.start
        while self.pages is None or self.cost.pages < self.pages:
            pace.keep()
            if self.next:
                request["ExclusiveStartKey"] = encode_item(self.next)
            response = self.dynamodb.scan(**request)
            self.cost.pages += 1
            self.cost.items += response["ScannedCount"]
            self.cost.units += response.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)
            last = response.get("LastEvaluatedKey")
            self.next = decode_item(last) if last else None
            progress(in_words(self.cost))
            yield [decode_item(item) for item in response["Items"]]
            if self.next is None:
                return


@contextmanager
def scan_progress(title: str, as_json: bool) -> Iterator[Callable[[str], None]]:
    """Yields a function that shows the progress of a scan as a live line; with `--json` it shows nothing."""
    if as_json:
        yield lambda text: None
        return
    with step(title) as running:

        def show(text: str) -> None:
            running.doing = text

        yield show


def in_words(cost: ReadCost) -> str:
    """Returns what a scan has cost: `12 MB at most, 30,000 items, 1,536 read units, 0.0002 USD`."""
    dollars = cost.units * _DOLLARS_PER_UNIT
    price = f"{dollars:.4f}" if dollars >= _SMALLEST_PRICE else f"less than {_SMALLEST_PRICE}"
    return f"{cost.pages} MB at most, {cost.items:,} items, {cost.units:,.1f} read units, {price} USD"
