"""A copy of the table that follows its stream, so that a reading costs what has changed since the last one.

The stream has every committed change, in the order of its commit, with the item before and after it. The copy
begins with a scan, from a position of the stream before it: changes that the scan has seen are applied again,
which ends in the same state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local.breaking.engine_access import BreakableApp
from ordering.dynamodb.codec import decode_item

Item = dict[str, Any]
# A shard iterator expires after 15 minutes, and the engine may have been started anew.
_START_AGAIN = {"ExpiredIteratorException", "TrimmedDataAccessException", "ResourceNotFoundException"}
_PAGE = 1000
# More than an engine publishes in a second: a reading ends even if changes never stop.
_MOST_PAGES = 20


@dataclass(frozen=True)
class ItemChange:
    """One committed change of an item. None: it did not exist before, or does not exist any more."""

    old: Item | None
    new: Item | None
    streamed: bool
    """Whether the stream has it; otherwise the item was found by the scan."""

    @property
    def item(self) -> Item:
        """The item after the change, or before its removal."""
        return self.new or self.old or {}


class BookCopy:
    """The items of the table, by partition and sort key."""

    def __init__(self, app: BreakableApp) -> None:
        self._app = app
        self._position: str | None = None
        self.partitions: dict[str, dict[str, Item]] = {}

    def changes(self) -> Iterator[ItemChange]:
        """Apply and yield what has changed since the last call, in order; at first, every item.

        A caller must take them all. Raises BooksLost.
        """
        if self._position is None:
            # Before the scan, so that no change falls between the two.
            self._position = self._latest()
            for item in self._scan():
                yield self._apply(item["PK"], item["SK"], item, streamed=False)
        for _ in range(_MOST_PAGES):
            try:
                read = self._app.streams.get_records(ShardIterator=self._position, Limit=_PAGE)
            except ClientError as error:
                if error.response["Error"]["Code"] in _START_AGAIN:
                    raise BooksLost from error
                raise
            self._position = read["NextShardIterator"]
            for record in read["Records"]:
                change = record["dynamodb"]
                key = decode_item(change["Keys"])
                new = decode_item(change["NewImage"]) if "NewImage" in change else None
                yield self._apply(key["PK"], key["SK"], new, streamed=True)
            if len(read["Records"]) == 0:
                return

    def _apply(self, partition: str, sort_key: str, new: Item | None, *, streamed: bool) -> ItemChange:
        items = self.partitions.setdefault(partition, {})
        old = items.pop(sort_key, None)
        if new is not None:
            items[sort_key] = new
        elif not items:
            del self.partitions[partition]
        return ItemChange(old, new, streamed)

    def _latest(self) -> str:
        table = self._app.dynamodb.describe_table(TableName=self._app.outputs["TableName"])["Table"]
        arn = table["LatestStreamArn"]
        described = self._app.streams.describe_stream(StreamArn=arn)["StreamDescription"]
        # The engine has one shard for each stream.
        (shard,) = described["Shards"]
        found = self._app.streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="LATEST"
        )
        return found["ShardIterator"]

    def _scan(self) -> Iterator[Item]:
        pages = self._app.dynamodb.get_paginator("scan").paginate(
            TableName=self._app.outputs["TableName"], ConsistentRead=True
        )
        for page in pages:
            yield from (decode_item(item) for item in page["Items"])


class BooksLost(Exception):
    """The position in the stream is not valid any more: a new copy has to be made."""
