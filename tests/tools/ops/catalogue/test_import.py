"""`catalogue import`: what is written, what is refused, and what a second run does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.aws_calls import AwsCalls
from tests.tools.ops.catalogue.files import MUG, MUG_CELLS, csv_file, imported, json_lines, product, products
from tests.tools.ops.deployed import Deployed


@pytest.mark.slow
def test_json_lines_and_csv_describe_the_same_product(deployed: Deployed, tmp_path: Path) -> None:
    assert imported(deployed, json_lines(tmp_path, MUG)).out.endswith(
        "1 created, 0 updated, 0 unchanged, 0 refused\n"
    )
    assert products(deployed) == {"MUG": MUG}
    assert imported(deployed, csv_file(tmp_path, MUG_CELLS)).out.endswith(
        "0 created, 0 updated, 1 unchanged, 0 refused\n"
    )


@pytest.mark.slow
def test_columns_may_have_any_order_and_optional_ones_may_be_left_out(
    deployed: Deployed, tmp_path: Path
) -> None:
    columns = ("price.currency", "name", "sku", "price.amount")
    file = csv_file(tmp_path, {name: MUG_CELLS[name] for name in columns}, columns=columns)
    assert imported(deployed, file).status == 0
    (mug,) = products(deployed).values()
    assert (mug["price"], mug["active"], "category" in mug) == (MUG["price"], True, False)


@pytest.mark.slow
def test_same_file_changes_nothing_a_second_time(deployed: Deployed, tmp_path: Path) -> None:
    file = json_lines(tmp_path, MUG, product("CUP"))
    imported(deployed, file)
    before = deployed.world.items()
    ran = imported(deployed, file)
    assert (ran.status, deployed.world.items()) == (0, before)
    assert "0 created, 0 updated, 2 unchanged, 0 refused" in ran.out


@pytest.mark.slow
def test_only_products_that_differ_are_written(deployed: Deployed, tmp_path: Path, calls: AwsCalls) -> None:
    imported(deployed, json_lines(tmp_path, MUG, product("CUP")))
    written = len(calls.made("UpdateItem"))
    ran = imported(deployed, json_lines(tmp_path, MUG, product("CUP", name="Cup")))
    assert "0 created, 1 updated, 1 unchanged, 0 refused" in ran.out
    assert len(calls.made("UpdateItem")) == written + 1


@pytest.mark.slow
def test_import_leaves_the_threshold_of_the_stock_as_it_is(deployed: Deployed, tmp_path: Path) -> None:
    deployed.world.stocked("MUG", low_stock_at=5)
    assert "1 updated" in imported(deployed, json_lines(tmp_path, MUG)).out
    shown = deployed.world.api("get_product", "GET /products/{sku}", path={"sku": "MUG"})
    assert (shown.body["name"], shown.body["lowStockAt"]) == ("Red mug", 5)


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


@pytest.mark.slow
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


@pytest.mark.slow
def test_refused_lines_as_json(deployed: Deployed, tmp_path: Path) -> None:
    ran = imported(deployed, json_lines(tmp_path, product("A"), product("B", stock=1)), "--json")
    printed = json.loads(ran.out)
    assert (ran.status, printed["created"], printed["dryRun"]) == (3, 1, False)
    assert printed["refused"] == [
        {"line": 2, "field": "stock", "why": "Object contains unknown field `stock`"}
    ]
