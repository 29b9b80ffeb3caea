"""The catalogue by category, its inactive products, and its import and export, on the engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from orders_client import Money, Unprocessable
from tests.e2e.ops_cli import ops
from tests.e2e.shop import Customer, Shop
from tests.e2e.waiting import until

PRICE = Money(1250, "EUR")
ATTRIBUTES: Mapping[str, str | int | float | bool] = {
    "colour": "red",
    "litres": 0.35,
    "pieces": 1,
    "dishwasherSafe": True,
}


def listed(shop: Shop, category: str, *, active: bool | None = None) -> list[str]:
    """Returns the SKUs of a category, read in pages of two."""
    return [each.sku for each in shop.public.list_products(category=category, active=active, limit=2)]


def test_a_category_lists_its_active_products_and_no_others(shop: Shop, alice: Customer) -> None:
    category = f"c-{uuid4().hex[:8]}"
    skus = [f"{category}-{number}".upper() for number in range(4)]
    for sku in skus:
        shop.staff.put_product(sku, "Mug", PRICE, category=category, attributes=ATTRIBUTES)
    until("the index to list them", lambda: listed(shop, category) == skus)
    assert shop.public.get_product(skus[0]).attributes == ATTRIBUTES
    seen = shop.public.get_product(skus[1])
    shop.staff.put_product(skus[1], "Mug", PRICE, category=category, active=False, if_match=seen.http.etag)
    until("the index to move it", lambda: listed(shop, category) == [skus[0], *skus[2:]])
    assert listed(shop, category, active=False) == [skus[1]]
    with pytest.raises(Unprocessable) as refused:
        alice.place(skus[1])
    assert [error.field for error in refused.value.errors] == ["lines[0].sku"]


def test_an_order_is_fulfilled_although_its_product_is_deactivated(shop: Shop, alice: Customer) -> None:
    sku = shop.product(units=3)
    with shop.paused_before_confirmation():
        placed = alice.place(sku)
        seen = shop.public.get_product(sku)
        shop.staff.put_product(sku, "Mug", PRICE, active=False, if_match=seen.http.etag)
    assert alice.wait_for_end(placed).status == "FULFILLED"


def test_an_imported_file_is_exported_as_it_was(shop: Shop, tmp_path: Path) -> None:
    category = f"c-{uuid4().hex[:8]}"
    lines = [
        {
            "sku": f"{category}-{number}".upper(),
            "name": f"Mug {number}",
            "price": {"amount": 1250, "currency": "EUR"},
            "category": category,
            "attributes": ATTRIBUTES,
            "active": True,
        }
        for number in range(3)
    ]
    file = tmp_path / "products.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in [*lines, {"sku": "BAD"}]))
    ran = ops(shop.instance, "catalogue import", str(file), "--yes")
    assert "3 created, 0 updated, 0 unchanged, 1 refused" in ran.text
    assert "line 4: name: " in ran.text
    until("the index to list them", lambda: len(listed(shop, category)) == len(lines))
    for name in ("all.csv", "all.jsonl"):
        exported = tmp_path / name
        ops(shop.instance, "catalogue export", str(exported), "--category", category)
        again = ops(shop.instance, "catalogue import", str(exported), "--yes").text
        assert "0 created, 0 updated, 3 unchanged, 0 refused" in again
    read = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert read == lines
