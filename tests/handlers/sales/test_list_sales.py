"""GET /admin/sales: pages of totals, in minor units of one currency each."""

from typing import Any

import pytest

from ordering.domain.sales_groups import By
from tests.handlers.sales.counted_shop import CountedShop, category_line
from tests.handlers.unreadable import EACH_TYPE, UNREADABLE, outcome
from tests.handlers.unreadable import counted as counted_unreadable
from tests.support.attributes import Attribute
from tests.support.world import HandlerResponse

pytestmark = pytest.mark.usefixtures("cursor_secret")

DAYS = {"from": "2026-11-01", "to": "2026-11-30"}


def read(counted: CountedShop, **query: str) -> HandlerResponse:
    """Request totals of November, unless other days are given."""
    return counted.world.api("admin_list_sales", "GET /admin/sales", query=DAYS | query)


def listed(counted: CountedShop, **query: str) -> list[Any]:
    """Returns all totals, read in pages."""
    totals: list[Any] = []
    page = read(counted, **query).body
    while True:
        totals += page["totals"]
        if "next" not in page:
            return totals
        page = read(counted, **query, cursor=page["next"]).body


@pytest.fixture
def sold(counted: CountedShop) -> CountedShop:
    """Two orders of one day, in two currencies, and the refund of one of them a day later."""
    first, event = counted.sell(category_line("MUG", "mugs", 2, 1250), category_line("BAG", None))
    _, other = counted.sell(category_line("MUG", "mugs", 1, 900), currency="JPY")
    counted.clock.move(24 * 3600)
    counted.deliver(event, other, counted.refund(first))
    return counted


def test_totals_by_day_are_the_default(sold: CountedShop) -> None:
    def euros(amount: int) -> dict[str, Any]:
        return {"amount": amount, "currency": "EUR"}

    first, other, later = listed(sold)
    assert first == {
        "day": "2026-11-21",
        "currency": "EUR",
        "orders": 1,
        "units": 3,
        "revenue": euros(3500),
        "refunds": 0,
        "refunded": euros(0),
        "cancellations": 0,
        "cancelled": euros(0),
    }
    assert (other["day"], other["currency"], other["orders"]) == ("2026-11-21", "JPY", 1)
    assert (later["day"], later["orders"], later["refunded"]) == ("2026-11-22", 0, euros(3500))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("by", "field", "names"),
    [
        ("product", "sku", ["BAG", "MUG", "MUG"]),
        ("category", "category", [None, "mugs", "mugs"]),
        ("currency", "day", [None, None]),
    ],
)
def test_totals_are_grouped_in_the_order_of_their_names(
    sold: CountedShop, by: str, field: str, names: list[str | None]
) -> None:
    assert [each.get(field) for each in listed(sold, by=by)] == names
    assert listed(sold, by=by, limit="1") == listed(sold, by=by)


@pytest.mark.slow
def test_only_the_days_that_are_asked_for_count(sold: CountedShop) -> None:
    for by in ("day", "product", "category", "currency"):
        later = listed(sold, by=by, **{"from": "2026-11-22"})
        assert {(each["orders"], each["refunds"]) for each in later} == {(0, 1)}, by
        assert listed(sold, by=by, to="2026-11-20") == [], by


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ({"from": ""}, "from", "must be a day such as 2026-11-21"),
        ({"from": "20261121"}, "from", "must be a day such as 2026-11-21"),
        ({"to": "2026-11-31"}, "to", "must be a day such as 2026-11-21"),
        ({"to": "2026-10-31"}, "to", "must be `from` or one of the 365 days after it"),
        ({"from": "2025-11-29"}, "to", "must be `from` or one of the 365 days after it"),
        ({"by": "month"}, "by", "must be one of day, product, category, currency"),
        ({"limit": "101"}, "limit", "must be an integer from 1 to 100"),
    ],
)
def test_wrong_parameter_is_named(
    counted: CountedShop, query: dict[str, str], field: str, message: str
) -> None:
    response = read(counted, **query)
    assert response.status == 400
    assert response.body["errors"] == [{"field": field, "message": message}]


@pytest.mark.slow
def test_cursor_is_for_one_list_and_for_the_rows_of_one_rebuild(sold: CountedShop) -> None:
    """A page of other rows would not continue the page before it."""
    cursor = read(sold, limit="1").body["next"]
    assert read(sold, by="product", cursor=cursor).status == 400
    assert read(sold, to="2026-11-29", cursor=cursor).status == 400
    assert read(sold, cursor=cursor).status == 200
    sold.rebuild()
    assert read(sold, cursor=cursor).status == 400
    assert [each["refunds"] for each in listed(sold)] == [0, 0, 1]


@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize(
    "attribute",
    # An integer is a valid revenue.
    [each for each in EACH_TYPE if each != {"N": "7"}],
    ids=lambda each: f"{next(iter(each))}{next(iter(each.values()))}"[:8],
)
def test_sum_with_a_damaged_row_is_reported_and_not_returned(
    sold: CountedShop, attribute: Attribute, by: By, capsys: pytest.CaptureFixture[str]
) -> None:
    """A count of another type, which another tool has written, is not 0."""
    sold.damage(attribute, day="2026-11-21")
    assert outcome(read(sold, by=by)) == UNREADABLE
    assert counted_unreadable(capsys) == 1


def test_damaged_row_of_another_day_changes_no_total(sold: CountedShop) -> None:
    only = {"from": "2026-11-22", "to": "2026-11-22"}
    before = {by: read(sold, by=by, **only).body for by in By}
    sold.damage({"S": "much"}, day="2026-11-21")
    assert {by: read(sold, by=by, **only).body for by in By} == before
    assert before[By.DAY]["totals"]


def test_rebuild_repairs_damaged_rows(sold: CountedShop) -> None:
    before = listed(sold)
    sold.damage({"S": "much"}, day="2026-11-21")
    assert sold.rebuild() == 0
    assert listed(sold) == before
