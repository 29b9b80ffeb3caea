"""Items that clients update conditionally (`If-Match`): each write gives the item a new tag.

A tag is random. A version number could occur again after an item is removed and created again; a client that
knows the old item could then overwrite the new one without having read it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import uuid4

from ordering.domain.base import Record
from ordering.domain.clock import milliseconds
from ordering.dynamodb.client import ConditionFailed, Table, TransactionCancelled
from ordering.dynamodb.codec import Item
from ordering.dynamodb.transaction import ABSENT, WriteAction, update
from ordering.repositories.items import SCHEMA_VERSION, record_of
from ordering.repositories.keys import Key


class ETagMismatch(Exception):
    """The item does not have the expected tag. `found` is the tag that it has; None if there is no item."""

    def __init__(self, found: str | None) -> None:
        super().__init__(f"found {found}")
        self.found = found


class _Write(NamedTuple):
    """The parts of a conditional write, and the tag that it gives the item."""

    tag: str
    expression: str
    names: dict[str, str]
    values: dict[str, Any]
    condition: str


class Written(NamedTuple):
    """What a transaction has given an item: its tag, and the version that a new item begins with."""

    tag: str
    first_version: int


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
    write = _write(facts, at=at, expected=expected, indexed=indexed)
    try:
        return table.update(
            key, write.expression, names=write.names, values=write.values, condition=write.condition
        )
    except ConditionFailed as failure:
        if failure.item is None:
            raise ETagMismatch(None) from None
        found = tag_of(failure.item)
        # If the SDK retries a write that succeeded, the tag shows that the write was ours.
        if found == write.tag:
            return dict(failure.item)
        raise ETagMismatch(found) from None


def put_if_match_with(
    table: Table,
    key: Key,
    facts: Mapping[str, Any],
    also: Mapping[str, WriteAction],
    *,
    at: str,
    expected: str | None,
    indexed: Mapping[str, str | None] | None = None,
) -> Written:
    """Write an item as `put_if_match` does, and all of `also`, or nothing.

    Raises ETagMismatch, and TransactionCancelled if other transactions conflict.
    """
    write = _write(facts, at=at, expected=expected, indexed=indexed)
    item = update(key, write.expression, condition=write.condition, values=write.values, names=write.names)
    try:
        table.transact({"item": item, **also})
    except TransactionCancelled as cancelled:
        if not cancelled.failed("item"):
            raise
        found = cancelled.failures["item"]
        raise ETagMismatch(tag_of(found) if found else None) from None
    return Written(write.tag, write.values[":origin"] + 1)


def _write(
    facts: Mapping[str, Any], *, at: str, expected: str | None, indexed: Mapping[str, str | None] | None
) -> _Write:
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
    return _Write(
        tag,
        f"SET {', '.join(assignments)}{removal}",
        {f"#{name}": name for name in (*sets, *removed, "createdAt", "version")},
        values | ({":expected": expected} if expected is not None else {}),
        ABSENT if expected is None else "#tag = :expected",
    )


class _Tagged(Record, frozen=True):
    tag: str


def tag_of(item: Item) -> str:
    """Return the tag of an item. Raises UnreadableRecord."""
    return record_of(item, _Tagged).tag
