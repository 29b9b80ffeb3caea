"""GET /products/{sku}/stock: the entries that explain the stock, also of a product that was deleted."""

from typing import Any

import pytest

from ordering.domain.identity import customer_id
from ordering.repositories.keys import product_keys
from tests.handlers.api.test_adjust_stock import MUG, adjust, receive, remove
from tests.support.orders import overwrite
from tests.support.recorded import ISSUER
from tests.support.refusals import fields_of, kind_of
from tests.support.world import HandlerResponse, World

pytestmark = pytest.mark.usefixtures("cursor_secret")

ROUTE = "GET /products/{sku}/stock"
STAFF = customer_id(ISSUER, "staff")


def ledger(world: World, sku: str = MUG, **query: str) -> HandlerResponse:
    return world.api("list_stock_entries", ROUTE, path={"sku": sku}, query=query or None)


def entries(page: HandlerResponse) -> list[dict[str, Any]]:
    assert page.status == 200, page
    return [
        {name: value for name, value in entry.items() if name != "createdAt"}
        for entry in page.body["entries"]
    ]


def names(page: HandlerResponse) -> list[str]:
    return [entry["key"] for entry in entries(page)]


def all_of(world: World, **query: str) -> list[str]:
    """Returns the items of all pages, by following the cursors."""
    found, page = [], ledger(world, **query)
    while True:
        found += names(page)
        if not (cursor := page.body.get("next")):
            return found
        page = ledger(world, **query, cursor=cursor)


def test_ledger_of_a_new_product_is_empty(unstocked_shop: World) -> None:
    page = ledger(unstocked_shop)
    assert page.body == {
        "stock": {"sku": MUG, "received": 0, "adjusted": 0, "available": 0, "held": 0, "shipped": 0},
        "entries": [],
    }


def test_every_ledger_entry_is_listed_with_its_fields(unstocked_shop: World) -> None:
    receive(unstocked_shop, 10, "delivery-1")
    adjust(unstocked_shop, -3, reason="counted twice", key="stocktaking")
    adjust(unstocked_shop, 1, reason="behind the shelf", key="another")
    assert sorted(entries(ledger(unstocked_shop)), key=lambda entry: str(entry["key"])) == [
        {"key": "another", "adjusted": 1, "reason": "behind the shelf", "by": STAFF},
        {"key": "delivery-1", "received": 10, "by": STAFF},
        {"key": "stocktaking", "adjusted": -3, "reason": "counted twice", "by": STAFF},
    ]


def test_ledger_shows_the_current_stock_figures(unstocked_shop: World) -> None:
    receive(unstocked_shop, 10, "delivery-1")
    adjust(unstocked_shop, -3)
    unstocked_shop.step("reserve_stock", unstocked_shop.place_order(("MUG-RED", 2)))
    assert ledger(unstocked_shop).body["stock"] == {
        "sku": MUG,
        "received": 10,
        "adjusted": -3,
        "available": 5,
        "held": 2,
        "shipped": 0,
    }


def _at(world: World, key: str, second: int) -> None:
    """Change the time of an entry to this second."""
    at = f"2026-11-21T12:00:{second:02}.000Z"
    overwrite(
        world, product_keys.stock_entry(MUG, key), createdAt=at, **product_keys.in_stock_ledger(MUG, at, key)
    )


def test_newest_ledger_entry_is_listed_first(unstocked_shop: World) -> None:
    for number in (1, 3, 2):
        receive(unstocked_shop, 1, f"delivery-{number}")
        _at(unstocked_shop, f"delivery-{number}", number)
    assert names(ledger(unstocked_shop)) == ["delivery-3", "delivery-2", "delivery-1"]


@pytest.mark.slow
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_every_ledger_entry_is_on_exactly_one_page(unstocked_shop: World, limit: int) -> None:
    for number in range(7):
        receive(unstocked_shop, 1, f"delivery-{number}")
        # Some at the same moment.
        _at(unstocked_shop, f"delivery-{number}", number // 3)
    found = all_of(unstocked_shop, limit=str(limit))
    assert found == sorted(found, reverse=True)
    assert len(found) == 7


def test_key_of_any_characters_does_not_break_paging(unstocked_shop: World) -> None:
    made = {"#", "2026#x", '"', "~" * 255, "a/b?c=d&e"}
    for key in made:
        assert receive(unstocked_shop, 1, key).status == 200
    assert set(all_of(unstocked_shop, limit="1")) == made


def test_removed_product_keeps_its_ledger(unstocked_shop: World) -> None:
    receive(unstocked_shop, 10, "delivery-1")
    adjust(unstocked_shop, -4)
    remove(unstocked_shop)
    gone = ledger(unstocked_shop)
    assert (set(names(gone)), gone.body["stock"]["available"]) == ({"delivery-1", "stocktaking"}, 6)
    unstocked_shop.stocked(units=0)
    assert ledger(unstocked_shop).body == gone.body


def test_ledger_holds_only_entries_of_its_own_product(unstocked_shop: World) -> None:
    unstocked_shop.stocked("MUG-BLUE", units=5)
    assert entries(ledger(unstocked_shop)) == []


def test_refused_entry_is_in_no_ledger(unstocked_shop: World) -> None:
    assert adjust(unstocked_shop, -1).status == 409
    assert entries(ledger(unstocked_shop)) == []


def test_replay_adds_no_second_ledger_entry(unstocked_shop: World) -> None:
    for _ in range(2):
        receive(unstocked_shop, 10, "delivery-1")
    assert names(ledger(unstocked_shop)) == ["delivery-1"]


# -- refusals ------------------------------------------------------------------------------------------


def test_unknown_product_has_no_ledger(world: World) -> None:
    refused = ledger(world, "MUG-GONE")
    assert (refused.status, kind_of(refused)) == (404, "product-not-found")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"cursor": ""}, "cursor"),
        ({"cursor": "bmVpdGhlci1vdXJz"}, "cursor"),
        ({"page": "2"}, "page"),
    ],
)
def test_malformed_ledger_parameter_is_refused(
    unstocked_shop: World, query: dict[str, str], field: str
) -> None:
    refused = ledger(unstocked_shop, **query)
    assert (refused.status, kind_of(refused), fields_of(refused)) == (400, "invalid-parameter", [field])


def test_malformed_sku_of_a_ledger_is_refused(unstocked_shop: World) -> None:
    refused = ledger(unstocked_shop, "MUG RED")
    assert (refused.status, fields_of(refused)) == (400, ["sku"])


def test_ledger_cursor_is_valid_only_for_its_product(unstocked_shop: World) -> None:
    unstocked_shop.stocked("MUG-BLUE", units=5)
    for number in range(2):
        receive(unstocked_shop, 1, f"delivery-{number}")
    cursor = ledger(unstocked_shop, limit="1").body["next"]
    refused = ledger(unstocked_shop, "MUG-BLUE", cursor=cursor)
    assert (refused.status, fields_of(refused)) == (400, ["cursor"])
