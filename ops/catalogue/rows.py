"""Reads a file of products line by line: each line is a product that can be written, or is refused.

A line is checked by the rules of `PUT /products/{sku}`. A line that is refused does not stop those behind it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from ops.catalogue.formats import (
    ACTIVE,
    AMOUNT,
    ATTRIBUTES,
    CATEGORY,
    COLUMNS,
    CURRENCY,
    DESCRIPTION,
    NAME,
    REQUIRED,
    SKU,
    FileFormat,
    format_of,
)
from ops.errors import CommandRefused
from ordering.domain import canary
from ordering.domain.base import WrongField
from ordering.domain.product import ProductFacts, Sku, SkuText
from ordering.http.body import read_body
from ordering.http.checking import checked
from ordering.http.numbers import parse_integer
from ordering.http.problems import Problem
from ordering.http.request import MAX_BODY_BYTES
from ordering.http.shapes.products import PutProduct

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TRUE_AND_FALSE = {"true": True, "false": False}


class _Body(PutProduct, frozen=True, kw_only=True):
    """A line of the file: the body of `PUT /products/{sku}` without the stock's settings, and the SKU."""

    sku: SkuText

    def wrong_field(self) -> WrongField | None:
        """Returns a setting of the stock if it is given, because the stock is not imported."""
        why = "is not imported; set it with PUT /products/{sku}"
        if self.low_stock_at is not None:
            return WrongField("lowStockAt", why)
        if self.stock_shards != 1:
            return WrongField("stockShards", why)
        return super().wrong_field()


@dataclass(frozen=True)
class ProductRow:
    """A product, and the number of its line."""

    line: int
    sku: Sku
    facts: ProductFacts


@dataclass(frozen=True)
class BadRow:
    """A line that is not imported: the field that is wrong (`$` is the whole line), and how to fix it."""

    line: int
    field: str
    why: str


class _Refused(Exception):
    """A cell of a CSV file cannot be read."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why


def read_rows(file: Path) -> Iterator[ProductRow | BadRow]:
    """Yields what each line that is not blank contains; a second line with the same SKU is refused.

    Raises CommandRefused if the file cannot be opened, or if its first line names other columns.
    """
    reading = _csv_rows if format_of(file) is FileFormat.CSV else _json_rows
    lines: dict[Sku, int] = {}
    for row in reading(file):
        if isinstance(row, BadRow):
            yield row
        elif row.sku == canary.SKU:
            yield BadRow(row.line, SKU, canary.SKU_IS_RESERVED)
        elif first := lines.get(row.sku):
            yield BadRow(
                row.line, SKU, f"`{row.sku}` is already on line {first}; remove one of the two lines"
            )
        else:
            lines[row.sku] = row.line
            yield row


def _json_rows(file: Path) -> Iterator[ProductRow | BadRow]:
    with _opened(file) as opened:
        for number, text in enumerate(_lines(opened), start=1):
            if text is None:
                yield BadRow(number, "$", f"is longer than {MAX_BODY_BYTES} bytes; shorten the line")
            elif text.strip():
                yield _row(number, text.removeprefix(_BYTE_ORDER_MARK) if number == 1 else text)


def _lines(opened: BinaryIO) -> Iterator[bytes | None]:
    """Yields each line; None for one that is too long, which is not held in memory."""
    while text := opened.readline(MAX_BODY_BYTES + 1):
        if len(text) <= MAX_BODY_BYTES:
            yield text
            continue
        while text and not text.endswith(b"\n"):
            text = opened.readline(MAX_BODY_BYTES)
        yield None


def _csv_rows(file: Path) -> Iterator[ProductRow | BadRow]:
    _opened(file).close()
    # Bytes that are not UTF-8 become U+FFFD, which the rule for text refuses: so only their line is refused.
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        reader = csv.reader(opened, strict=True)
        try:
            columns = next(reader, [])
        except csv.Error as error:
            raise CommandRefused(f"the first line of {file.name}: {error}", _COLUMNS_REMEDY) from None
        _check_columns(file, columns)
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                yield BadRow(number, "$", f"{error}; a quote inside of a quoted cell is written twice")
                continue
            if cells is None:
                return
            if any(cells):
                yield _csv_row(number, columns, cells)


_COLUMNS_REMEDY = f"the columns are {', '.join(COLUMNS)}; required are {', '.join(REQUIRED)}"


def _check_columns(file: Path, columns: Sequence[str]) -> None:
    for wrong, why in (
        (set(columns) - set(COLUMNS), "has the unknown column"),
        ({name for name in columns if columns.count(name) > 1}, "has twice the column"),
        (set(REQUIRED) - set(columns), "lacks the column"),
    ):
        if wrong:
            raise CommandRefused(
                f"the first line of {file.name} {why} {', '.join(map(repr, sorted(wrong)))}", _COLUMNS_REMEDY
            )


def _csv_row(number: int, columns: Sequence[str], cells: Sequence[str]) -> ProductRow | BadRow:
    if len(cells) != len(columns):
        return BadRow(number, "$", f"has {len(cells)} cells, and the first line has {len(columns)}")
    # An empty cell is a field that is left out.
    values = {name: cell for name, cell in zip(columns, cells, strict=True) if cell}
    try:
        return _row(number, _body_of_cells(values))
    except _Refused as refused:
        return BadRow(number, refused.field, refused.why)


def _body_of_cells(cells: dict[str, str]) -> bytes:
    """Returns the body of PUT in JSON, with the attributes as they are in their cell. Raises _Refused."""
    body: dict[str, object] = {
        name: cells[name] for name in (SKU, NAME, DESCRIPTION, CATEGORY) if name in cells
    }
    price: dict[str, object] = {}
    if AMOUNT in cells:
        amount = parse_integer(cells[AMOUNT])
        if amount is None:
            raise _Refused(AMOUNT, "must be an integer in minor units: 1250 for 12.50 EUR")
        price["amount"] = amount
    if CURRENCY in cells:
        price["currency"] = cells[CURRENCY]
    body["price"] = price
    if ACTIVE in cells:
        if cells[ACTIVE].lower() not in _TRUE_AND_FALSE:
            raise _Refused(ACTIVE, "must be true or false")
        body["active"] = _TRUE_AND_FALSE[cells[ACTIVE].lower()]
    text = json.dumps(body)
    if ATTRIBUTES not in cells:
        return text.encode()
    try:
        msgspec.json.decode(cells[ATTRIBUTES], type=dict[str, msgspec.Raw])
    except (ValueError, RecursionError):
        raise _Refused(ATTRIBUTES, 'must be a JSON object: {"colour": "red", "litres": 0.35}') from None
    return f'{text[:-1]}, "{ATTRIBUTES}": {cells[ATTRIBUTES]}}}'.encode()


def _row(number: int, body: bytes) -> ProductRow | BadRow:
    try:
        read = checked(read_body(body, _Body))
    except Problem as problem:
        error = problem.errors[0] if problem.errors else None
        return BadRow(number, error.field if error else "$", error.message if error else problem.detail)
    return ProductRow(number, Sku(read.sku), read.facts)


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise CommandRefused(f"{file} cannot be read: {error.strerror}", "check the path") from None
