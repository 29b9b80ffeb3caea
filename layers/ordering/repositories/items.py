"""Records to items and back."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from ordering.aws.logging import logger
from ordering.domain.base import Record
from ordering.dynamodb.codec import Item

# Every item carries it. A release that writes a new shape raises it, and reads the shape before too.
SCHEMA_VERSION = 1

# What msgspec quotes of a value that it does not take.
_QUOTED = re.compile(r"'[^']*'")

R = TypeVar("R", bound=msgspec.Struct)


def item_of(record: Record, *keys: Mapping[str, str]) -> dict[str, Any]:
    """The item that stores `record` under `keys` (its own, and those of the indexes that list it)."""
    item: dict[str, Any] = {"schemaVersion": SCHEMA_VERSION, **msgspec.to_builtins(record)}
    for key in keys:
        item |= key
    return item


def record_of(item: Item, kind: type[R]) -> R:
    """The record that an item stores. Raises msgspec.ValidationError for an item of another shape."""
    return msgspec.convert(item, kind)


def record_in_list(item: Item, kind: type[R]) -> R | None:
    """The record that one item of many stores; None, and a line in the log, for an item of another shape.

    One odd item must not keep the others from being read.
    """
    try:
        return record_of(item, kind)
    except msgspec.ValidationError as error:
        key = f"{item.get('PK')}/{item.get('SK')}"
        # What the item holds there may be private.
        cause = _QUOTED.sub("…", str(error))
        logger.error("item left out", extra={"item": key, "record": kind.__name__, "cause": cause})
        return None
