"""Conversion of records to items and back.

An item that does not match its record was written by another tool, or by a release that changed the schema.

| the caller                     | uses                | if the item is unreadable                        |
|--------------------------------|---------------------|--------------------------------------------------|
| needs this one item            | `record_of`         | `UnreadableRecord` is raised                     |
| reads many items               | `record_in_list`    | the item is left out                             |
| reads a hint                   | `record_or`         | the default is used, as if there were no item    |

In each case, the item is logged and counted, and the count has an alarm (`UnreadableRecords`).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from ordering import unreadable
from ordering.domain.base import Record
from ordering.dynamodb.codec import Item

# Stored in every item. A release that changes the schema increments it, and still reads the version before.
SCHEMA_VERSION = 1

# The part of a msgspec error message that quotes a value.
_QUOTED = re.compile(r"'[^']*'")

R = TypeVar("R", bound=msgspec.Struct)
AnyItem = TypeVar("AnyItem", bound=Item)


class UnreadableRecord(ValueError):
    """An item does not match its record. `item` is its key, `<PK>/<SK>`."""

    def __init__(self, item: str, record: str, cause: str) -> None:
        super().__init__(f"{item} is not a valid {record}: {cause}")
        self.item = item
        self.record = record
        self.cause = cause


def item_of(record: Record, *keys: Mapping[str, str]) -> dict[str, Any]:
    """Return the item that stores `record` under `keys`: its own key, and those of its index entries."""
    item: dict[str, Any] = {"schemaVersion": SCHEMA_VERSION, **msgspec.to_builtins(record)}
    for key in keys:
        item |= key
    return item


def record_of(item: Item, kind: type[R]) -> R:
    """Return the record that an item stores. Reports an unreadable item, and raises UnreadableRecord."""
    try:
        return msgspec.convert(item, kind)
    except msgspec.ValidationError as error:
        # The quoted value may be private, so it is removed. The original error is not chained, since the log
        # would contain it.
        cause = _QUOTED.sub("…", str(error))
    found = UnreadableRecord(f"{item.get('PK')}/{item.get('SK')}", kind.__name__.lstrip("_"), cause)
    unreadable.report(found.item, found.record, found.cause)
    raise found


def record_in_list(item: Item, kind: type[R]) -> R | None:
    """Return the record that one of many items stores; None if it is unreadable, which is reported."""
    try:
        return record_of(item, kind)
    except UnreadableRecord:
        return None


def records_and_rest(items: Iterable[AnyItem], kind: type[R]) -> tuple[list[R], list[AnyItem]]:
    """Return the records that items store, and the unreadable items, which are reported."""
    records, rest = [], []
    for item in items:
        record = record_in_list(item, kind)
        if record is None:
            rest.append(item)
        else:
            records.append(record)
    return records, rest


def record_or(item: Item, kind: type[R], otherwise: R) -> R:
    """Return the record that an item stores; `otherwise` if it is unreadable, which is reported."""
    return record_in_list(item, kind) or otherwise
