"""Calculates the capacity units that a call to DynamoDB consumes, from the sizes of its items.

The rules are those of "DynamoDB item sizes and formats", "DynamoDB read and write operations" and "Using
Global Secondary Indexes in DynamoDB: Provisioned throughput considerations for Global Secondary Indexes".
Items are typed attributes, as DynamoDB's API transfers them.
"""

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any, NamedTuple

Attributes = Mapping[str, Mapping[str, Any]]

_WRITE_UNIT_BYTES = 1024
_READ_UNIT_BYTES = 4096
# A list or a map takes three bytes, and one more for each element or pair.
_STRUCTURE_BYTES = 3
TRANSACTIONAL = 2
"""A transaction performs two writes of every item: one to prepare it, and one to commit it."""


class Index(NamedTuple):
    """A global secondary index: its keys, and which other attributes are projected (None: all)."""

    partition: str
    sort: str
    projected: frozenset[str] | None

    def entry(self, item: Attributes | None) -> dict[str, Mapping[str, Any]] | None:
        """Returns the index's entry of an item; None if the item lacks a key of the index."""
        if item is None or self.partition not in item or self.sort not in item:
            return None
        kept = {"PK", "SK", self.partition, self.sort}
        return {
            name: value
            for name, value in item.items()
            if self.projected is None or name in kept or name in self.projected
        }


def size(item: Attributes) -> int:
    """Returns the bytes of an item: its names and its values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return _number_size(content)
        case "BOOL" | "NULL":
            return 1
        case "L":
            return _STRUCTURE_BYTES + sum(1 + _value_size(each) for each in content)
        case "M":
            return _STRUCTURE_BYTES + len(content) + size(content)
        case "SS":
            return sum(len(each.encode()) for each in content)
    raise ValueError(f"the size of an attribute of type {kind} is not known here")


def _number_size(number: str) -> int:
    digits = number.lstrip("-").replace(".", "").strip("0")
    return ceil(len(digits) / 2) + 1


def write_units(before: Attributes | None, after: Attributes | None, *, transactional: bool) -> int:
    """Returns the units of a write, or of a check, of one item: those of the larger of its two images.

    A write of an item that does not exist before and after it consumes one unit too.
    """
    largest = max(size(before or {}), size(after or {}))
    return _rounded_up(largest, _WRITE_UNIT_BYTES) * (TRANSACTIONAL if transactional else 1)


def index_write_units(before: Attributes | None, after: Attributes | None, indexes: Iterable[Index]) -> int:
    """Returns the units of the writes to the indexes that a change of an item causes.

    They are written after the table's write, each once, within a transaction as well.
    """
    return sum(_entry_units(index, index.entry(before), index.entry(after)) for index in indexes)


def _entry_units(index: Index, before: Attributes | None, after: Attributes | None) -> int:
    if before == after:
        return 0
    if before and after and all(before[key] == after[key] for key in (index.partition, index.sort)):
        return write_units(before, after, transactional=False)
    # If a key changes, the old entry is deleted and a new one is written.
    return sum(write_units(entry, None, transactional=False) for entry in (before, after) if entry)


def read_units(items: Iterable[Attributes], *, consistent: bool) -> float:
    """Returns the units of one read of these items: a query's, one item, or none if it does not exist."""
    units = _rounded_up(sum(map(size, items)), _READ_UNIT_BYTES)
    return units if consistent else units / 2


def _rounded_up(size: int, unit: int) -> int:
    return max(1, ceil(size / unit))
