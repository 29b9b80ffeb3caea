"""Open orders, page by page: whichever has not moved for longest comes first."""

from collections.abc import Sequence
from heapq import merge
from itertools import islice
from typing import Annotated, Any

import msgspec

from ordering.domain.order import OrderId
from ordering.dynamodb.client import Table
from ordering.repositories import keys
from ordering.repositories.reconciliation import DueOrder, due_of


class ShardCursor(msgspec.Struct, frozen=True, array_like=True):
    """Where one partition of the index goes on: behind this order, which moved last at `moved_at`."""

    moved_at: str
    order_id: OrderId


class OpenOrdersCursor(msgspec.Struct, frozen=True, array_like=True):
    """Where the list goes on: a place in each partition, None where it has yet to begin."""

    places: Annotated[
        tuple[ShardCursor | None, ...], msgspec.Meta(min_length=keys.SHARDS, max_length=keys.SHARDS)
    ]


START = OpenOrdersCursor((None,) * keys.SHARDS)


class OpenOrdersIndex:
    """The open orders of one table. The index is eventually consistent: one may come or go a moment late."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def since(
        self, before: str, limit: int, after: OpenOrdersCursor
    ) -> tuple[Sequence[DueOrder], OpenOrdersCursor | None]:
        """Up to `limit` orders that have not moved since `before`, and the position to go on from if there
        may be more.

        Each partition keeps a place of its own. DynamoDB does not say in which order it keeps orders of the
        same millisecond: of one partition it is always the same, and of all together there is none. So one
        place for all would leave some out, or bring them twice.
        """
        columns, goes_on = [], False
        for shard, place in enumerate(after.places):
            items, last = self._table.query_page(
                "GSI2PK = :shard AND GSI2SK < :before",
                {":shard": keys.open_shard(shard), ":before": before},
                index=keys.DUE,
                # One more than fits, which tells whether there is more.
                limit=limit + 1,
                start=_key(shard, place) if place else None,
            )
            columns.append([(item["GSI2SK"], shard, item) for item in items])
            goes_on = goes_on or last is not None
        page = list(islice(merge(*columns, key=lambda entry: entry[:2]), limit))
        goes_on = goes_on or sum(map(len, columns)) > len(page)
        places = list(after.places)
        for moved_at, shard, item in page:
            places[shard] = ShardCursor(moved_at, keys.order_of(item))
        return [due_of(item) for *_, item in page], OpenOrdersCursor(tuple(places)) if goes_on else None


def _key(shard: int, place: ShardCursor) -> dict[str, Any]:
    """The key of an order in the index, as it was when it stood at this place."""
    return {
        **keys.order(place.order_id),
        "GSI2PK": keys.open_shard(shard),
        "GSI2SK": place.moved_at,
    }
