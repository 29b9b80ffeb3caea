"""Pages of open orders, in the order of their last transition, oldest first."""

from collections.abc import Sequence
from heapq import merge
from itertools import islice
from typing import Annotated, Any, NamedTuple

import msgspec

from ordering.domain.order import OrderId, Status
from ordering.dynamodb.client import Table
from ordering.repositories import keys
from ordering.repositories.keys import order_keys
from ordering.repositories.reconciliation import DueOrder, due_of

# Orders are filtered by status after they are read, so a rare status could make one request read all open
# orders. After this many pages, the request returns fewer orders than its limit, and a cursor to continue.
_MAX_PAGES_PER_REQUEST = 5
# A page that is filtered reads at least this many orders, so that a small limit does not return nothing.
_MIN_PAGE_SIZE = 100


class ShardCursor(msgspec.Struct, frozen=True, array_like=True):
    """The position in one partition of the index: after this order, last changed at `moved_at`."""

    moved_at: str
    order_id: OrderId


class OpenOrdersCursor(msgspec.Struct, frozen=True, array_like=True):
    """The position in the list: a cursor for each partition, None if the partition is unread.

    One of a release that reads fewer partitions has none for the others, which are then unread.
    """

    places: Annotated[tuple[ShardCursor | None, ...], msgspec.Meta(max_length=keys.READ_SHARDS)]


START = OpenOrdersCursor(())


class _Wanted(NamedTuple):
    """Which orders of a page are returned: those with a status, up to a number."""

    status: Status
    most: int


class OpenOrdersIndex:
    """The open orders of one table. The index is eventually consistent: a change may appear late."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def since(
        self, before: str, limit: int, after: OpenOrdersCursor, status: Status | None = None
    ) -> tuple[Sequence[DueOrder], OpenOrdersCursor | None]:
        """Return up to `limit` orders without a transition since `before`, and the cursor of the next page.

        With `status`, only orders with this status. The cursor is None if there is no next page; with a
        cursor and a status, the next page may still be empty.
        """
        if status is None:
            return self._page(before, limit, after)
        found: list[DueOrder] = []
        cursor: OpenOrdersCursor | None = after
        for _ in range(_MAX_PAGES_PER_REQUEST):
            if cursor is None or len(found) == limit:
                break
            wanted = _Wanted(status, limit - len(found))
            orders, cursor = self._page(before, max(limit, _MIN_PAGE_SIZE), cursor, wanted)
            found += orders
        return found, cursor

    def _page(
        self, before: str, limit: int, after: OpenOrdersCursor, wanted: _Wanted | None = None
    ) -> tuple[list[DueOrder], OpenOrdersCursor | None]:
        """Return those of the next `limit` orders that are wanted, and the cursor after the last one read.

        Each partition has its own cursor: DynamoDB defines the order of items with the same millisecond
        within one partition, but not across partitions. One cursor for all of them would skip orders or
        repeat them.
        """
        shards, has_more = [], False
        cursors = [*after.places, *[None] * (keys.READ_SHARDS - len(after.places))]
        for shard, cursor in enumerate(cursors):
            items, last = self._table.query_page(
                "GSI2PK = :shard AND GSI2SK < :before",
                {":shard": order_keys.open_shard(shard), ":before": before},
                index=keys.DUE,
                # One more than needed, which shows whether there are more.
                limit=limit + 1,
                start=_key(shard, cursor) if cursor else None,
            )
            shards.append([(item["GSI2SK"], shard, item) for item in items])
            has_more = has_more or last is not None
        found: list[DueOrder] = []
        unread = sum(map(len, shards))
        for moved_at, shard, item in islice(merge(*shards, key=lambda entry: entry[:2]), limit):
            cursors[shard] = ShardCursor(moved_at, order_keys.order_of(item))
            unread -= 1
            order = due_of(item)
            if wanted is None or order.status == wanted.status:
                found.append(order)
            if wanted is not None and len(found) == wanted.most:
                break
        return found, OpenOrdersCursor(tuple(cursors)) if has_more or unread else None


def _key(shard: int, cursor: ShardCursor) -> dict[str, Any]:
    """Return the key of an order in the index at this position."""
    return {
        **order_keys.order(cursor.order_id),
        "GSI2PK": order_keys.open_shard(shard),
        "GSI2SK": cursor.moved_at,
    }
