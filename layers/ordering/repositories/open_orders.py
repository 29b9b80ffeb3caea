"""Pages of open orders, in the order of their last transition, oldest first."""

from collections.abc import Sequence
from heapq import merge
from itertools import islice
from typing import Annotated, Any

import msgspec

from ordering.domain.order import OrderId
from ordering.dynamodb.client import Table
from ordering.repositories import keys
from ordering.repositories.keys import order_keys
from ordering.repositories.reconciliation import DueOrder, due_of


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


class OpenOrdersIndex:
    """The open orders of one table. The index is eventually consistent: a change may appear late."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def since(
        self, before: str, limit: int, after: OpenOrdersCursor
    ) -> tuple[Sequence[DueOrder], OpenOrdersCursor | None]:
        """Return up to `limit` orders without a transition since `before`, and the cursor of the next page.

        The cursor is None if there is no next page. Each partition has its own cursor: DynamoDB defines the
        order of items with the same millisecond within one partition, but not across partitions. One cursor
        for all of them would skip orders or repeat them.
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
        page = list(islice(merge(*shards, key=lambda entry: entry[:2]), limit))
        has_more = has_more or sum(map(len, shards)) > len(page)
        for moved_at, shard, item in page:
            cursors[shard] = ShardCursor(moved_at, order_keys.order_of(item))
        return [due_of(item) for *_, item in page], OpenOrdersCursor(tuple(cursors)) if has_more else None


def _key(shard: int, cursor: ShardCursor) -> dict[str, Any]:
    """Return the key of an order in the index at this position."""
    return {
        **order_keys.order(cursor.order_id),
        "GSI2PK": order_keys.open_shard(shard),
        "GSI2SK": cursor.moved_at,
    }
