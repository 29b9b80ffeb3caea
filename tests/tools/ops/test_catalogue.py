"""`catalogue import` and `catalogue export`: what is written, what is refused, and what a second run does."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.catalogue import exporting
from ops.catalogue.formats import COLUMNS
from ops.catalogue.rows import BadRow, ProductRow, read_rows
from ordering.domain import canary
from ordering.domain.product import Sku
from ordering.http.request import MAX_BODY_BYTES
from ordering.repositories import keys
from ordering.repositories.catalogue import Catalogue, ProductFilter
from tests.support.aws_calls import (
    AwsCalls,
    Replacement,
    and_then,
    before_it,
    client_error,
    fails,
    listen,
    sent_twice,
)
from tests.support.orders import overwrite
from tests.tools.ops.deployed import Deployed, Ran

MUG: dict[str, Any] = {
    "sku": "MUG",
    "name": "Red mug",
    "price": {"amount": 1250, "currency": "EUR"},
    "description": 'Stoneware, "35 cl"',
    "category": "mugs",
    "attributes": {"colour": "red", "litres": 0.35, "pieces": 1, "dishwasherSafe": True},
    "active": False,
}
MUG_CELLS = {
    "sku": "MUG",
    "name": "Red mug",
    "price.amount": "1250",
    "price.currency": "EUR",
    "description": 'Stoneware, "35 cl"',
    "category": "mugs",
    "attributes": json.dumps(MUG["attributes"]),
    "active": "FALSE",
}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> AwsCalls:
    """The AWS calls of the command."""
    return listen(monkeypatch)


@pytest.fixture(autouse=True)
def no_pause(slept: list[float]) -> None:
    """The rate takes no time."""


def product(sku: str, **facts: Any) -> dict[str, Any]:
    """Returns a line of a file of JSON lines."""
    return {"sku": sku, "name": f"The {sku}", "price": {"amount": 1250, "currency": "EUR"}} | facts


def json_lines(folder: Path, *lines: Mapping[str, Any] | str) -> str:
    """Write a file of JSON lines; returns its path."""
    file = folder / "products.jsonl"
    file.write_text("".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in lines))
    return str(file)


def csv_file(folder: Path, *rows: Mapping[str, str], columns: tuple[str, ...] = COLUMNS) -> str:
    """Write a CSV file; returns its path."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    file = folder / "products.csv"
    file.write_text(text.getvalue())
    return str(file)


def imported(deployed: Deployed, file: str, *options: str) -> Ran:
    """Import a file without a question."""
    return deployed.ops("catalogue", "import", file, "--yes", *options)


def products(deployed: Deployed) -> dict[str, Any]:
    """Returns the products of the table, as a file of JSON lines describes them."""
    found: dict[str, Any] = {}
    for active in (True, False):
        listed, *_ = Catalogue(deployed.world.table).listed(ProductFilter(None, active), 100, None)
        for each in listed:
            described = {
                "sku": each.sku,
                "name": each.name,
                "price": {"amount": each.price.amount, "currency": each.price.currency},
                "description": each.description,
                "category": each.category,
                "attributes": each.attributes or None,
                "active": each.active,
            }
            found[each.sku] = {name: value for name, value in described.items() if value is not None}
    return found


# -- import --------------------------------------------------------------------------------------------


def test_json_lines_and_csv_describe_the_same_product(deployed: Deployed, tmp_path: Path) -> None:
    assert imported(deployed, json_lines(tmp_path, MUG)).out.endswith(
        "1 created, 0 updated, 0 unchanged, 0 refused\n"
    )
    assert products(deployed) == {"MUG": MUG}
    assert imported(deployed, csv_file(tmp_path, MUG_CELLS)).out.endswith(
        "0 created, 0 updated, 1 unchanged, 0 refused\n"
    )


def test_columns_may_have_any_order_and_optional_ones_may_be_left_out(
    deployed: Deployed, tmp_path: Path
) -> None:
    columns = ("price.currency", "name", "sku", "price.amount")
    file = csv_file(tmp_path, {name: MUG_CELLS[name] for name in columns}, columns=columns)
    assert imported(deployed, file).status == 0
    (mug,) = products(deployed).values()
    assert (mug["price"], mug["active"], "category" in mug) == (MUG["price"], True, False)


def test_same_file_changes_nothing_a_second_time(deployed: Deployed, tmp_path: Path) -> None:
    file = json_lines(tmp_path, MUG, product("CUP"))
    imported(deployed, file)
    before = deployed.world.items()
    ran = imported(deployed, file)
    assert (ran.status, deployed.world.items()) == (0, before)
    assert "0 created, 0 updated, 2 unchanged, 0 refused" in ran.out


def test_only_products_that_differ_are_written(deployed: Deployed, tmp_path: Path, calls: AwsCalls) -> None:
    imported(deployed, json_lines(tmp_path, MUG, product("CUP")))
    written = len(calls.made("UpdateItem"))
    ran = imported(deployed, json_lines(tmp_path, MUG, product("CUP", name="Cup")))
    assert "0 created, 1 updated, 1 unchanged, 0 refused" in ran.out
    assert len(calls.made("UpdateItem")) == written + 1


def test_dry_run_shows_what_would_be_done_and_writes_nothing(deployed: Deployed, tmp_path: Path) -> None:
    ran = deployed.ops("catalogue", "import", json_lines(tmp_path, MUG), "--dry-run")
    assert "would be: 1 created, 0 updated, 0 unchanged, 0 refused" in ran.out
    assert deployed.world.items() == []


def test_import_asks_before_it_writes(deployed: Deployed, tmp_path: Path, types: list[str]) -> None:
    types.append("no")
    ran = deployed.ops("catalogue", "import", json_lines(tmp_path, MUG, product("CUP", name="")))
    assert ran.status == 1
    assert "1 product would become as in products.jsonl; 1 line would be refused." in ran.out
    assert deployed.world.items() == []


def test_bad_line_is_named_and_holds_no_other_line_back(deployed: Deployed, tmp_path: Path) -> None:
    file = json_lines(tmp_path, product("A"), product("B", active=1), "{", product("C"))
    ran = imported(deployed, file)
    assert ran.status == 3
    assert "✗ line 2: active: Expected `bool`, got `int`" in ran.err
    assert "✗ line 3: $: The JSON ends too early." in ran.err
    assert products(deployed).keys() == {"A", "C"}


def test_file_without_a_valid_line_is_refused_with_each_reason(deployed: Deployed, tmp_path: Path) -> None:
    ran = imported(deployed, json_lines(tmp_path, product("A", name="")))
    assert ran.status == 1
    assert "✗ line 1: name: " in ran.err
    assert "no line of products.jsonl can be imported" in ran.err


def test_refused_lines_as_json(deployed: Deployed, tmp_path: Path) -> None:
    ran = imported(deployed, json_lines(tmp_path, product("A"), product("B", stock=1)), "--json")
    printed = json.loads(ran.out)
    assert (ran.status, printed["created"], printed["dryRun"]) == (3, 1, False)
    assert printed["refused"] == [
        {"line": 2, "field": "stock", "why": "Object contains unknown field `stock`"}
    ]


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


# -- faults --------------------------------------------------------------------------------------------


def _lines(folder: Path) -> str:
    return json_lines(folder, *(product(f"S{number}") for number in range(3)))


FAULTS: dict[str, Replacement] = {
    "fails": fails("InternalServerError"),
    "is throttled": fails("ThrottlingException"),
    "loses its response": and_then(
        lambda: (_ for _ in ()).throw(client_error("InternalServerError", "Call"))
    ),
    "is interrupted": before_it(lambda: (_ for _ in ()).throw(KeyboardInterrupt())),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_import_that_stops_at_any_call_is_continued_by_a_second_run(
    deployed: Deployed, tmp_path: Path, calls: AwsCalls, fault: str, number: int
) -> None:
    """One call reads the three products, and three calls write them."""
    calls.at(number, FAULTS[fault])
    stopped = imported(deployed, _lines(tmp_path))
    assert stopped.status == (130 if fault == "is interrupted" else 1)
    assert f"continue with --from-line {max(1, number - 1)}" in stopped.err
    ran = imported(deployed, _lines(tmp_path))
    assert (ran.status, set(products(deployed))) == (0, {"S0", "S1", "S2"})
    again = imported(deployed, _lines(tmp_path))
    assert "0 created, 0 updated, 3 unchanged" in again.out


def test_stopped_import_names_the_line_to_continue_with(
    deployed: Deployed, tmp_path: Path, calls: AwsCalls
) -> None:
    calls.at(3, fails("ExpiredTokenException"))
    stopped = imported(deployed, _lines(tmp_path))
    assert "stopped at line 2" in stopped.err
    assert "do: sign in again; continue with --from-line 2" in stopped.err
    ran = imported(deployed, _lines(tmp_path), "--from-line", "2")
    assert "2 created, 0 updated, 0 unchanged" in ran.out


def test_repeated_write_whose_response_was_lost_is_not_a_conflict(
    deployed: Deployed, tmp_path: Path, calls: AwsCalls
) -> None:
    calls.next("UpdateItem", sent_twice)
    assert "3 created" in imported(deployed, _lines(tmp_path)).out


def test_product_that_dynamodb_refuses_holds_no_other_back(
    deployed: Deployed, tmp_path: Path, calls: AwsCalls
) -> None:
    calls.at(3, fails("ValidationException"))
    ran = imported(deployed, _lines(tmp_path))
    assert (ran.status, set(products(deployed))) == (3, {"S0", "S2"})
    assert "✗ line 2: $: S1: " in ran.err


def test_change_by_another_writer_during_the_import_is_kept(
    deployed: Deployed, tmp_path: Path, calls: AwsCalls
) -> None:
    imported(deployed, _lines(tmp_path))
    other = {"name": "Other", "price": {"amount": 1, "currency": "EUR"}}

    def change() -> None:
        path = {"sku": "S1"}
        tag = deployed.world.api("get_product", "GET /products/{sku}", path=path).headers["etag"]
        deployed.world.api("put_product", "PUT /products/{sku}", other, path=path, headers={"If-Match": tag})

    calls.next("BatchGetItem", and_then(change))
    file = json_lines(tmp_path, *(product(f"S{number}", category="mugs") for number in range(3)))
    ran = imported(deployed, file)
    assert "✗ line 2: $: S1: it was changed by another writer" in ran.err
    assert products(deployed)["S1"]["name"] == "Other"
    assert "0 created, 1 updated, 2 unchanged" in imported(deployed, file).out


def test_product_that_cannot_be_read_holds_no_other_back(deployed: Deployed, tmp_path: Path) -> None:
    imported(deployed, _lines(tmp_path))
    overwrite(deployed.world, keys.product(Sku("S1")), name=7)
    ran = imported(deployed, _lines(tmp_path))
    assert ran.status == 3
    assert "✗ line 2: $: S1: the stored product cannot be read" in ran.err
    assert "2 unchanged" in ran.out


def test_rate_limits_the_writes(deployed: Deployed, tmp_path: Path, slept: list[float]) -> None:
    imported(deployed, _lines(tmp_path), "--rate", "2/s")
    assert slept == [0.5, 0.5]


# -- export --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["all.csv", "all.jsonl"])
def test_exported_file_changes_nothing_when_it_is_imported(
    deployed: Deployed, tmp_path: Path, name: str
) -> None:
    imported(deployed, json_lines(tmp_path, MUG, product("CUP"), product("POT", category="pots")))
    file = str(tmp_path / name)
    assert "3 products exported" in deployed.ops("catalogue", "export", file).out
    before = deployed.world.items()
    assert "0 created, 0 updated, 3 unchanged" in imported(deployed, file).out
    assert deployed.world.items() == before


@pytest.mark.parametrize("name", ["all.csv", "all.jsonl"])
def test_exported_file_creates_the_same_catalogue_elsewhere(
    deployed: Deployed, tmp_path: Path, name: str
) -> None:
    imported(deployed, json_lines(tmp_path, MUG, product("CUP"), product("POT", description='"a", b')))
    original = products(deployed)
    file = str(tmp_path / name)
    deployed.ops("catalogue", "export", file)
    for sku in original:
        deployed.world.table.delete(keys.product(Sku(sku)))
    imported(deployed, file)
    assert products(deployed) == original


def test_export_reads_every_page(deployed: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_PAGE", 2)
    imported(deployed, json_lines(tmp_path, *(product(f"S{number}") for number in range(5))))
    ran = deployed.ops("catalogue", "export", str(tmp_path / "all.jsonl"), "--json")
    assert json.loads(ran.out)["products"] == 5


def test_export_of_a_category_has_only_its_products(deployed: Deployed, tmp_path: Path) -> None:
    imported(deployed, json_lines(tmp_path, MUG, product("CUP", category="mugs"), product("POT")))
    file = tmp_path / "mugs.jsonl"
    deployed.ops("catalogue", "export", str(file), "--category", "mugs")
    assert {json.loads(line)["sku"] for line in file.read_text().splitlines()} == {"MUG", "CUP"}


def test_export_names_products_that_cannot_be_read(deployed: Deployed, tmp_path: Path) -> None:
    imported(deployed, _lines(tmp_path))
    overwrite(deployed.world, keys.product(Sku("S1")), name=7)
    ran = deployed.ops("catalogue", "export", str(tmp_path / "all.csv"))
    assert (ran.status, "✗ S1: the stored product cannot be read" in ran.err) == (3, True)
    assert "2 products exported" in ran.out


def test_export_replaces_no_file(deployed: Deployed, tmp_path: Path) -> None:
    file = tmp_path / "all.csv"
    file.write_text("mine")
    ran = deployed.ops("catalogue", "export", str(file))
    assert (ran.status, file.read_text()) == (1, "mine")
    assert "all.csv exists" in ran.err


def test_failed_export_leaves_no_file(deployed: Deployed, tmp_path: Path, calls: AwsCalls) -> None:
    calls.always("Query", fails("InternalServerError"))
    assert deployed.ops("catalogue", "export", str(tmp_path / "all.csv")).status == 1
    assert list(tmp_path.iterdir()) == []


def test_export_of_a_category_whose_index_is_being_built_is_refused(
    deployed: Deployed, tmp_path: Path, calls: AwsCalls
) -> None:
    def refused(parameters: Any, send: Any) -> Any:
        message = "Cannot read from backfilling global secondary index: GSI3"
        raise ClientError({"Error": {"Code": "ValidationException", "Message": message}}, "Query")

    calls.next("Query", refused)
    ran = deployed.ops("catalogue", "export", str(tmp_path / "all.csv"), "--category", "mugs")
    assert (ran.status, list(tmp_path.iterdir())) == (1, [])
    assert "the index GSI3 is not ready" in ran.err


def test_export_of_a_malformed_category_is_wrong_usage(deployed: Deployed, tmp_path: Path) -> None:
    ran = deployed.ops("catalogue", "export", str(tmp_path / "all.csv"), "--category", "Mugs")
    assert (ran.status, "--category must be 1 to 64 lower-case letters" in ran.err) == (2, True)
