"""Items that clients update conditionally (`If-Match`): each write gives the item a new tag.

A tag is random. A version number could occur again after an item is removed and created again; a client that
knows the old item could then overwrite the new one without having read it.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from ordering.domain.base import Record
from ordering.domain.clock import milliseconds
from ordering.dynamodb.client import ConditionFailed, Table
from ordering.dynamodb.codec import Item
from ordering.dynamodb.transaction import ABSENT
from ordering.repositories.items import SCHEMA_VERSION, record_of
from ordering.repositories.keys import Key


class ETagMismatch(Exception):
    """The item does not have the expected tag. `found` is the tag that it has; None if there is no item."""

    def __init__(self, found: str | None) -> None:
        super().__init__(f"found {found}")
        self.found = found


def put_if_match(
    table: Table,
    key: Key,
    facts: Mapping[str, Any],
    *,
    at: str,
    expected: str | None,
    indexed: Mapping[str, str | None] | None = None,
) -> dict[str, Any]:
    """Create an item (`expected` is None) or update the one with that tag; returns the item.

    A fact, or a key of an index, that is None is removed. Raises ETagMismatch.
    """
    # If the SDK retries a write that succeeded, the tag shows that the write was ours.
    tag = uuid4().hex[:16]
    facts = {**(indexed or {}), **facts}
    sets = {
        "schemaVersion": SCHEMA_VERSION,
        "updatedAt": at,
        "tag": tag,
        **{name: fact for name, fact in facts.items() if fact is not None},
    }
    removed = [name for name, fact in facts.items() if fact is None]
    assignments = [f"#{name} = :{name}" for name in sets]
    # An item that is created again after its removal must not repeat earlier versions, because event ids
    # contain them. So versions begin at the current time, and not at 0.
    assignments += [
        "#createdAt = if_not_exists(#createdAt, :updatedAt)",
        "#version = if_not_exists(#version, :origin) + :one",
    ]
    removal = f" REMOVE {', '.join(f'#{name}' for name in removed)}" if removed else ""
    values = {":one": 1, ":origin": milliseconds(), **{f":{name}": value for name, value in sets.items()}}
    try:
        return table.update(
            key,
            f"SET {', '.join(assignments)}{removal}",
            names={f"#{name}": name for name in (*sets, *removed, "createdAt", "version")},
            values=values | ({":expected": expected} if expected is not None else {}),
            condition=ABSENT if expected is None else "#tag = :expected",
        )
    except ConditionFailed as failure:
        if failure.item is None:
            raise ETagMismatch(None) from None
        found = tag_of(failure.item)
        if found == tag:
            return dict(failure.item)
        raise ETagMismatch(found) from None


class _Tagged(Record, frozen=True):
    tag: str


def tag_of(item: Item) -> str:
    """Return the tag of an item. Raises UnreadableRecord."""
    return record_of(item, _Tagged).tag
