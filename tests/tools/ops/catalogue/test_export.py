"""`catalogue export`: what is in the file, and that it can be imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ops.catalogue import exporting
from ordering.domain.product import Sku
from ordering.repositories.keys import product_keys
from tests.support.aws_calls import AwsCalls, fails
from tests.support.orders import overwrite
from tests.tools.ops.catalogue.files import MUG, imported, json_lines, product, products, three_products
from tests.tools.ops.deployed import Deployed


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("name", ["all.csv", "all.jsonl"])
def test_exported_file_creates_the_same_catalogue_elsewhere(
    deployed: Deployed, tmp_path: Path, name: str
) -> None:
    imported(deployed, json_lines(tmp_path, MUG, product("CUP"), product("POT", description='"a", b')))
    original = products(deployed)
    file = str(tmp_path / name)
    deployed.ops("catalogue", "export", file)
    for sku in original:
        deployed.world.table.delete(product_keys.product(Sku(sku)))
    imported(deployed, file)
    assert products(deployed) == original


@pytest.mark.slow
def test_export_reads_every_page(deployed: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_PAGE", 2)
    imported(deployed, json_lines(tmp_path, *(product(f"S{number}") for number in range(5))))
    ran = deployed.ops("catalogue", "export", str(tmp_path / "all.jsonl"), "--json")
    assert json.loads(ran.out)["products"] == 5


@pytest.mark.slow
def test_export_of_a_category_has_only_its_products(deployed: Deployed, tmp_path: Path) -> None:
    imported(deployed, json_lines(tmp_path, MUG, product("CUP", category="mugs"), product("POT")))
    file = tmp_path / "mugs.jsonl"
    deployed.ops("catalogue", "export", str(file), "--category", "mugs")
    assert {json.loads(line)["sku"] for line in file.read_text().splitlines()} == {"MUG", "CUP"}


@pytest.mark.slow
def test_export_names_products_that_cannot_be_read(deployed: Deployed, tmp_path: Path) -> None:
    imported(deployed, three_products(tmp_path))
    overwrite(deployed.world, product_keys.product(Sku("S1")), name=7)
    ran = deployed.ops("catalogue", "export", str(tmp_path / "all.csv"))
    assert (ran.status, "✗ S1: the stored product cannot be read" in ran.err) == (3, True)
    assert "2 products exported" in ran.out


@pytest.mark.slow
def test_export_replaces_no_file(deployed: Deployed, tmp_path: Path) -> None:
    file = tmp_path / "all.csv"
    file.write_text("mine")
    ran = deployed.ops("catalogue", "export", str(file))
    assert (ran.status, file.read_text()) == (1, "mine")
    assert "all.csv exists" in ran.err


@pytest.mark.slow
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
