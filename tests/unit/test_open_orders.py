"""The list of open orders, over the partitions of its index."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from ordering.dynamodb.client import Table
from ordering.repositories import keys, open_orders
from ordering.repositories.keys import order_keys
from ordering.repositories.open_orders import START, OpenOrdersCursor, OpenOrdersIndex
from ordering.repositories.reconciliation import Reconciliation

NOON, LATER = "2026-11-21T12:00:00.000Z", "2026-11-21T13:00:00.000Z"
OF_FOUR = [f"00000000-0000-8000-8000-{number:012x}" for number in range(12)]
OF_EIGHT = [f"00000000-0000-8000-8000-{number:012x}" for number in range(100, 124)]


class Index:
    """The entries of some orders, by the partition that they were written to."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        self.entries = sorted(entries, key=lambda entry: str(entry["PK"]))

    def query_page(
        self, condition: str, values: Mapping[str, Any], *, index: str, limit: int, start: Any = None
    ) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        """Return the entries of a partition after a key."""
        del condition, index
        found = [
            entry
            for entry in self.entries
            if entry["GSI2PK"] == values[":shard"] and (start is None or entry["PK"] > start["PK"])
        ]
        return found[:limit], found[limit - 1] if len(found) > limit else None


def _written(orders: list[str], shards: int, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    monkeypatch.setattr(keys, "SHARDS", shards)
    return [
        {**order_keys.order(each), **order_keys.open_order(each, NOON), "createdAt": NOON, "updatedAt": NOON}
        for each in orders
    ]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    """A table whose orders were written by releases with four and with eight partitions."""
    entries = _written(OF_FOUR, 4, monkeypatch) + _written(OF_EIGHT, 8, monkeypatch)
    monkeypatch.setattr(keys, "READ_SHARDS", 8)
    assert {entry["GSI2PK"] for entry in entries} == {order_keys.open_shard(shard) for shard in range(8)}
    return cast(Table, Index(entries))


def test_orders_of_releases_with_other_numbers_of_partitions_are_listed(table: Table) -> None:
    listed, cursor = [], START
    while True:
        page, following = OpenOrdersIndex(table).since(LATER, 5, cursor)
        listed += [each.order_id for each in page]
        if following is None:
            break
        cursor = following
    assert sorted(listed) == sorted([*OF_FOUR, *OF_EIGHT])


def test_sweep_finds_orders_of_releases_with_other_numbers_of_partitions(table: Table) -> None:
    due = Reconciliation(table).to_nudge(LATER, lambda order: True)
    assert sorted(each.order_id for each in due) == sorted([*OF_FOUR, *OF_EIGHT])


def test_cursor_of_a_release_with_fewer_partitions_continues_the_list(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "READ_SHARDS", 4)
    first, cursor = OpenOrdersIndex(table).since(LATER, 5, START)
    assert cursor is not None
    monkeypatch.setattr(keys, "READ_SHARDS", 8)
    rest, following = OpenOrdersIndex(table).since(LATER, 100, OpenOrdersCursor(cursor.places))
    assert following is None
    assert sorted(each.order_id for each in [*first, *rest]) == sorted([*OF_FOUR, *OF_EIGHT])


def test_start_reads_every_partition_from_its_beginning() -> None:
    assert open_orders.START.places == ()
