"""Records to items and back.

An item of another shape than its record's was written by another tool, or by a release that broke the shape.
Whoever needs that one item cannot go on (`UnreadableRecord`); whoever reads many goes on without it
(`record_in_list`), or in place of a hint takes what is assumed where there is none (`record_or`). Either way
it is logged and counted, and the count has an alarm (`UnreadableRecords`).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from ordering import unreadable
from ordering.domain.base import Record
from ordering.dynamodb.codec import Item

# Every item carries it. A release that writes a new shape raises it, and reads the shape before too.
SCHEMA_VERSION = 1

# What msgspec quotes of a value that it does not take.
_QUOTED = re.compile(r"'[^']*'")

R = TypeVar("R", bound=msgspec.Struct)
AnyItem = TypeVar("AnyItem", bound=Item)


class UnreadableRecord(ValueError):
    """An item is not of the shape of its record. `item` is its key, `<PK>/<SK>`."""

    def __init__(self, item: str, record: str, cause: str) -> None:
        super().__init__(f"{item} is no {record}: {cause}")
        self.item = item
        self.record = record
        self.cause = cause


def item_of(record: Record, *keys: Mapping[str, str]) -> dict[str, Any]:
    """The item that stores `record` under `keys` (its own, and those of the indexes that list it)."""
    item: dict[str, Any] = {"schemaVersion": SCHEMA_VERSION, **msgspec.to_builtins(record)}
    for key in keys:
        item |= key
    return item


def record_of(item: Item, kind: type[R]) -> R:
    """The record that an item stores. Raises UnreadableRecord for one of another shape, and reports it."""
    try:
        return msgspec.convert(item, kind)
    except msgspec.ValidationError as error:
        # What the item holds there may be private. Nor is it kept as the cause, which is logged as well.
        cause = _QUOTED.sub("…", str(error))
    found = UnreadableRecord(f"{item.get('PK')}/{item.get('SK')}", kind.__name__.lstrip("_"), cause)
    unreadable.report(found.item, found.record, found.cause)
    raise found


def record_in_list(item: Item, kind: type[R]) -> R | None:
    """The record that one item of many stores; None for an item of another shape, which is reported.

    One odd item must not keep the others from being read.
    """
    try:
        return record_of(item, kind)
    except UnreadableRecord:
        return None


def records_and_rest(items: Iterable[AnyItem], kind: type[R]) -> tuple[list[R], list[AnyItem]]:
    """The records that items store, and the items of another shape, which are reported."""
    records, rest = [], []
    for item in items:
        record = record_in_list(item, kind)
        if record is None:
            rest.append(item)
        else:
            records.append(record)
    return records, rest


def record_or(item: Item, kind: type[R], otherwise: R) -> R:
    """The record that an item stores; `otherwise` for an item of another shape, which is reported."""
    return record_in_list(item, kind) or otherwise
