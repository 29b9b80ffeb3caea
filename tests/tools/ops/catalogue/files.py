"""Files of products for the tests of `catalogue import` and `catalogue export`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ops.catalogue.formats import COLUMNS
from ordering.repositories.catalogue import Catalogue, ProductFilter
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


def three_products(folder: Path) -> str:
    """Write a file of three products, S0 to S2; returns its path."""
    return json_lines(folder, *(product(f"S{number}") for number in range(3)))
