"""The lines of a file of products: which are products, and why the others are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.catalogue.rows import BadRow, ProductRow, read_rows
from ordering.domain import canary
from ordering.http.request import MAX_BODY_BYTES
from tests.tools.ops.catalogue.files import MUG_CELLS, csv_file, imported, json_lines, product
from tests.tools.ops.deployed import Deployed

BAD_LINES: dict[str, tuple[dict[str, Any], str]] = {
    "no SKU": ({"sku": ...}, "sku"),
    "a SKU of no form": ({"sku": "MUG RED"}, "sku"),
    "the canary's SKU": ({"sku": canary.SKU}, "sku"),
    "no name": ({"name": ...}, "name"),
    "no price": ({"price": ...}, "price"),
    "a price of text": ({"price": {"amount": "12.50", "currency": "EUR"}}, "price.amount"),
    "an unknown currency": ({"price": {"amount": 1, "currency": "XXX"}}, "price.currency"),
    "a category of no form": ({"category": "Coffee mugs"}, "category"),
    "an attribute of a list": ({"attributes": {"colour": "red", "sizes": [1]}}, "attributes.sizes"),
    "a threshold of the stock": ({"lowStockAt": 5}, "lowStockAt"),
    "an unknown field": ({"colour": "red"}, "colour"),
}


@pytest.mark.parametrize(("changed", "field"), BAD_LINES.values(), ids=BAD_LINES)
def test_refused_line_names_the_field(tmp_path: Path, changed: dict[str, Any], field: str) -> None:
    line = {name: value for name, value in (product("A") | changed).items() if value is not ...}
    (row,) = read_rows(Path(json_lines(tmp_path, line)))
    assert isinstance(row, BadRow)
    assert (row.line, row.field) == (1, field)


BAD_CELLS: dict[str, tuple[dict[str, str], str, str]] = {
    "major units": ({"price.amount": "12.50"}, "price.amount", "minor units: 1250 for 12.50 EUR"),
    "no amount": ({"price.amount": ""}, "price.amount", "missing required"),
    "a yes": ({"active": "yes"}, "active", "must be true or false"),
    "attributes of no JSON": ({"attributes": "colour=red"}, "attributes", "must be a JSON object"),
    "a list of attributes": ({"attributes": "[1]"}, "attributes", "must be a JSON object"),
    "an attribute twice": ({"attributes": '{"a": 1, "a": 2}'}, "attributes.a", "more than once"),
    "more than attributes": ({"attributes": '{}, "name": "x"'}, "attributes", "must be a JSON object"),
    "two lines": ({"description": "a\nb"}, "description", "must be text on one line"),
    "bytes that are not UTF-8": ({"name": "M\ufffdg"}, "name", "not UTF-8"),
}


@pytest.mark.parametrize(("changed", "field", "why"), BAD_CELLS.values(), ids=BAD_CELLS)
def test_refused_cell_names_its_column_and_the_fix(
    tmp_path: Path, changed: dict[str, str], field: str, why: str
) -> None:
    row, following = read_rows(Path(csv_file(tmp_path, MUG_CELLS | changed, MUG_CELLS | {"sku": "CUP"})))
    assert isinstance(row, BadRow)
    assert (row.line, row.field, why in row.why) == (2, field, True), row
    assert isinstance(following, ProductRow)


def test_bytes_that_are_not_utf_8_refuse_only_their_line(tmp_path: Path) -> None:
    for file, before in (
        (json_lines(tmp_path, product("A"), product("B")), b"The A"),
        (csv_file(tmp_path, MUG_CELLS, MUG_CELLS | {"sku": "B"}), b"Red mug"),
    ):
        path = Path(file)
        path.write_bytes(path.read_bytes().replace(before, b"\xff", 1))
        first, second = read_rows(path)
        assert (type(first), type(second)) == (BadRow, ProductRow)


def test_line_with_other_cells_than_the_first_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text("sku,name,price.amount,price.currency\nA,The A,1250\n\nB,The B,1250,EUR,x\nC,C,1,EUR\n")
    first, second, third = read_rows(file)
    assert first == BadRow(2, "$", "has 3 cells, and the first line has 4")
    assert second == BadRow(4, "$", "has 5 cells, and the first line has 4")
    assert isinstance(third, ProductRow)


def test_quote_that_is_not_closed_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text('sku,name,price.amount,price.currency\nA,The A,1250,EUR\nB,"The B,1250,EUR\n')
    first, second = read_rows(file)
    assert isinstance(first, ProductRow)
    assert isinstance(second, BadRow)
    assert second.line == 3


def test_long_line_is_refused_and_not_the_next(tmp_path: Path) -> None:
    long = product("A", description="x" * 2 * MAX_BODY_BYTES)
    first, second = read_rows(Path(json_lines(tmp_path, long, product("B"))))
    assert isinstance(first, BadRow)
    assert (first.line, f"longer than {MAX_BODY_BYTES} bytes" in first.why) == (1, True)
    assert isinstance(second, ProductRow)
    assert second.line == 2


def test_second_line_with_a_sku_is_refused(tmp_path: Path) -> None:
    _, second = read_rows(Path(json_lines(tmp_path, product("A"), product("A", name="Other"))))
    assert second == BadRow(2, "sku", "`A` is already on line 1; remove one of the two lines")


def test_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    for file in (json_lines(tmp_path, product("A")), csv_file(tmp_path, MUG_CELLS)):
        path = Path(file)
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
        (row,) = read_rows(path)
        assert isinstance(row, ProductRow)


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ("sku,name,price.amount,price.currency,stock", "has the unknown column 'stock'"),
        ("sku,name,price.amount", "lacks the column 'price.currency'"),
        ("sku,name,name,price.amount,price.currency", "has twice the column 'name'"),
        ("", "lacks the column"),
    ],
)
def test_file_with_other_columns_is_refused(
    deployed: Deployed, tmp_path: Path, columns: str, why: str
) -> None:
    file = tmp_path / "products.csv"
    file.write_text(f"{columns}\nA,The A,1250,EUR\n")
    ran = imported(deployed, str(file))
    assert ran.status == 1
    assert why in ran.err
    assert "do: the columns are sku, name," in ran.err


@pytest.mark.parametrize(
    ("name", "why"), [("a.xlsx", "format of a.xlsx is unknown"), ("a.csv", "No such file")]
)
def test_file_that_cannot_be_read_is_refused(deployed: Deployed, tmp_path: Path, name: str, why: str) -> None:
    ran = imported(deployed, str(tmp_path / name))
    assert ran.status == 1
    assert why in ran.err


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="replace"))
)
@pytest.mark.parametrize("name", ["products.csv", "products.jsonl"])
def test_arbitrary_lines_are_rows_or_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    header = b"sku,name,price.amount,price.currency\n" if name.endswith("csv") else b""
    file.write_bytes(header + content)
    for row in read_rows(file):
        assert isinstance(row, ProductRow) or (row.line >= 1 and row.why)
