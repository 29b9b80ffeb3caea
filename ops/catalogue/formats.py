"""The two formats of a file of products, and its columns.

| format | each line | attributes |
|---|---|---|
| CSV (`.csv`) | the columns of `COLUMNS`, named in the first line | one JSON object |
| JSON lines (`.jsonl`) | the body of `PUT /products/{sku}`, with `sku` | as in the body |

`lowStockAt` and `stockShards` are settings of the stock, so they are in neither of them. Both are UTF-8. A
byte order mark at the beginning, which spreadsheets write, is ignored.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from ops.errors import CommandRefused

SKU, NAME, AMOUNT, CURRENCY = "sku", "name", "price.amount", "price.currency"
DESCRIPTION, CATEGORY, ATTRIBUTES, ACTIVE = "description", "category", "attributes", "active"
REQUIRED = (SKU, NAME, AMOUNT, CURRENCY)
COLUMNS = (*REQUIRED, DESCRIPTION, CATEGORY, ATTRIBUTES, ACTIVE)


class FileFormat(StrEnum):
    """The format of a file, by the end of its name."""

    CSV = "csv"
    JSON_LINES = "jsonl"


def format_of(file: Path) -> FileFormat:
    """Returns the format of a file. Raises CommandRefused if its name has another end."""
    try:
        return FileFormat(file.suffix.removeprefix(".").lower())
    except ValueError:
        raise CommandRefused(
            f"the format of {file.name} is unknown", "name the file *.csv, or *.jsonl for JSON lines"
        ) from None
