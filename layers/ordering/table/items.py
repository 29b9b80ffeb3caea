"""Records to items and back."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from ordering.model import Record
from ordering.table.codec import Item

# Every item carries it. A release that writes a new shape raises it, and reads the shape before too.
SCHEMA_VERSION = 1

R = TypeVar("R", bound=Record)


def item_of(record: Record, *keys: Mapping[str, str]) -> dict[str, Any]:
    """The item that stores `record` under `keys` (its own, and those of the indexes that list it)."""
    item: dict[str, Any] = {"schemaVersion": SCHEMA_VERSION, **msgspec.to_builtins(record)}
    for key in keys:
        item |= key
    return item


def record_of(item: Item, kind: type[R]) -> R:
    """The record that an item stores. Raises msgspec.ValidationError for an item of another shape."""
    return msgspec.convert(item, kind)
