"""The commands `sales` and `rebuild-sales`."""

import pytest

from ops.sales import rebuilding
from ordering.repositories import sales_rebuild
from ordering.repositories.keys import order_keys
from tests.handlers.spoiling import spoil
from tests.support.orders import an_order, overwrite
from tests.tools.ops.deployed import Deployed
from tests.tools.ops.test_json import document


@pytest.fixture(autouse=True)
def _rebuilds_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "wait_until", lambda moment, sleep: None)
    monkeypatch.setattr(sales_rebuild, "KEPT_DAYS", 20)


@pytest.mark.slow
def test_sales_of_today_are_shown_after_a_rebuild(deployed: Deployed) -> None:
    an_order(deployed.world, "fulfilled")
    assert deployed.ops("rebuild-sales", "--yes").status == 0
    ran = deployed.ops("sales", "--by", "product")
    assert ran.status == 0
    assert "MUG-RED" in ran.out
    assert "25.00 EUR" in ran.out
    assert "days of Europe/Berlin" in ran.out
    (total,) = document(deployed.ops("sales", "--json"), "sales").totals
    assert (total.orders, total.units, total.revenue, total.currency) == (1, 2, 2500, "EUR")


def test_rebuild_names_what_it_cannot_read_and_counts_the_rest(deployed: Deployed) -> None:
    an_order(deployed.world, "fulfilled")
    odd = deployed.world.place_order()
    overwrite(deployed.world, order_keys.order(odd), currency=7)
    ran = deployed.ops("rebuild-sales", "--yes", "--json")
    assert ran.status == 3
    read = document(ran, "rebuild-sales")
    assert (read.sales, read.unreadable) == (1, [f"ORDER#{odd}/ORDER"])


def test_damaged_totals_are_refused_with_the_command_that_repairs_them(deployed: Deployed) -> None:
    an_order(deployed.world, "fulfilled")
    assert deployed.ops("rebuild-sales", "--yes").status == 0
    for item in deployed.world.items():
        if item["PK"].startswith("SALES#") and item["SK"] != "STATE":
            spoil({"PK": item["PK"], "SK": item["SK"]}, revenue={"N": "0.35"})
    ran = deployed.ops("sales")
    assert ran.status == 1
    assert "is not a valid Counts" in ran.err
    assert "orders-ops rebuild-sales" in ran.err
    assert deployed.ops("rebuild-sales", "--yes").status == 0
    assert deployed.ops("sales").status == 0


def test_stage_without_totals_says_how_to_have_them(deployed: Deployed) -> None:
    del deployed.stacks["orders-dev-reporting"]["ShopTimeZone"]
    for command in (("sales",), ("rebuild-sales", "--yes")):
        ran = deployed.ops(*command)
        assert ran.status == 1
        assert "set `reporting` in stacks/settings/stages.py" in ran.err


def test_days_in_the_wrong_order_are_refused(deployed: Deployed) -> None:
    ran = deployed.ops("sales", "--from", "2026-11-22", "--to", "2026-11-21")
    assert ran.status == 2
    assert "--to must be --from or one of the 365 days after it" in ran.err
    assert "is not a day such as 2026-11-21" in deployed.ops("sales", "--from", "yesterday").err
