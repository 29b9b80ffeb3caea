"""Guarantee 5: each order counts once in the totals of its day."""

import random
from itertools import count
from uuid import uuid4

import pytest
from msgspec.structs import replace

from ordering.domain import canary
from ordering.domain.clock import now
from ordering.domain.events.envelope import Event
from ordering.domain.order import OrderId, Status
from ordering.domain.sales import KEPT_DAYS, MAX_CATEGORIES, MAX_SHARDS
from ordering.domain.sales_groups import By
from ordering.repositories.stream import event_of_images
from tests.handlers.sales.counted_shop import CountedShop, category_line
from tests.support.aws_calls import AwsCalls, cancelled, contended
from tests.support.builders import image, order
from tests.support.consumer_tests import SLEEP, ConsumerTests

DAY = "2026-11-21"


class TestRecordSales(ConsumerTests):
    """Its effect is in the totals, in the app's own table."""

    consumer = "record_sales"

    def prepare(self) -> None:
        self.numbers = count(1)

    def new_event(self) -> Event:
        return _event(Status.FULFILLED, str(uuid4()), 3)

    def later_event(self, event: Event) -> Event:
        return _event(Status.CANCELLED, event.subject, 4)

    def effects(self) -> int:
        return sum(
            int(item.get("orders", 0)) + int(item.get("cancellations", 0))
            for item in self.world.items()
            if item["PK"].startswith("SALES#") and item["SK"].startswith("CATEGORY#")
        )


def _event(status: Status, order_id: str, version: int) -> Event:
    changed = replace(order(status, version=version), order_id=OrderId(order_id), updated_at=now())
    event = event_of_images(None, image(changed))
    assert event
    return event


def test_order_counts_its_units_and_its_revenue_by_each_group(counted: CountedShop) -> None:
    _, event = counted.sell(
        category_line("MUG", "mugs", 2, 1250),
        category_line("POT", "pots", 1, 4000),
        category_line("BAG", None),
    )
    counted.deliver(event)
    assert counted.totals(By.DAY) == {(DAY, "EUR"): (1, 4, 7500, 0, 0, 0, 0)}
    assert counted.totals(By.CURRENCY) == {("", "EUR"): (1, 4, 7500, 0, 0, 0, 0)}
    assert counted.totals(By.PRODUCT) == {
        ("BAG", "EUR"): (1, 1, 1000, 0, 0, 0, 0),
        ("MUG", "EUR"): (1, 2, 2500, 0, 0, 0, 0),
        ("POT", "EUR"): (1, 1, 4000, 0, 0, 0, 0),
    }
    assert counted.totals(By.CATEGORY) == {
        ("", "EUR"): (1, 1, 1000, 0, 0, 0, 0),
        ("mugs", "EUR"): (1, 2, 2500, 0, 0, 0, 0),
        ("pots", "EUR"): (1, 1, 4000, 0, 0, 0, 0),
    }


def test_refund_counts_on_its_own_day_and_leaves_the_revenue(counted: CountedShop) -> None:
    sold, event = counted.sell(category_line("MUG", "mugs", 2, 1250))
    counted.clock.move(24 * 3600)
    counted.deliver(event, counted.refund(sold))
    assert counted.totals(By.DAY) == {
        (DAY, "EUR"): (1, 2, 2500, 0, 0, 0, 0),
        ("2026-11-22", "EUR"): (0, 0, 0, 1, 2500, 0, 0),
    }


def test_cancelled_order_has_no_revenue(counted: CountedShop) -> None:
    counted.deliver(counted.cancel(category_line("MUG", "mugs", 2, 1250))[1])
    assert counted.totals(By.CATEGORY) == {("mugs", "EUR"): (0, 0, 0, 0, 0, 1, 2500)}


def test_currencies_are_never_added_up(counted: CountedShop) -> None:
    events = [counted.sell(category_line("MUG", "mugs"), currency=each)[1] for each in ("EUR", "JPY")]
    counted.deliver(*events)
    assert list(counted.totals(By.CURRENCY)) == [("", "EUR"), ("", "JPY")]


def test_sale_belongs_to_the_day_of_the_shops_time_zone(counted: CountedShop) -> None:
    """Noon in UTC and eleven hours: 23:00, which is midnight in Berlin."""
    counted.clock.move(11 * 3600 - 1)
    before = counted.sell(category_line("MUG", "mugs"))[1]
    counted.clock.move(1)
    counted.deliver(before, counted.sell(category_line("MUG", "mugs"))[1])
    assert [day for day, _ in counted.totals(By.DAY)] == [DAY, "2026-11-22"]


def test_canary_order_does_not_count(counted: CountedShop) -> None:
    before = counted.world.items()
    _, event = counted.cancel(category_line(canary.SKU, None))
    counted.deliver(event)
    assert counted.totals(By.DAY) == {}
    assert len(counted.world.items()) == len(before) + 1, "the order alone"


def test_largest_order_fits_into_one_transaction(counted: CountedShop) -> None:
    """50 products and 49 categories are 99 rows: with the record, 100 actions ("TransactWriteItems")."""
    lines = [category_line(f"SKU-{number}", f"category-{number}") for number in range(50)]
    counted.deliver(counted.sell(*lines)[1])
    categories = counted.totals(By.CATEGORY)
    assert len(categories) == MAX_CATEGORIES
    assert sum(numbers[2] for numbers in categories.values()) == 50_000
    assert counted.totals(By.DAY) == {(DAY, "EUR"): (1, 50, 50_000, 0, 0, 0, 0)}


def test_totals_are_spread_over_shards_which_may_be_changed(
    counted: CountedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for shard in (0, 7, MAX_SHARDS - 1):
        monkeypatch.setattr(random, "randrange", lambda shards, chosen=shard: chosen)
        counted.deliver(counted.sell(category_line("MUG", "mugs"))[1])
    partitions = {item["PK"] for item in counted.world.items() if item["PK"].startswith("SALES#")}
    assert partitions == {"SALES#0#2026-11#0", "SALES#0#2026-11#7", "SALES#0#2026-11#15"}
    assert counted.totals(By.PRODUCT) == {("MUG", "EUR"): (3, 3, 3000, 0, 0, 0, 0)}


def test_event_costs_one_read_and_one_transaction_of_three_items(
    counted: CountedShop, calls: AwsCalls
) -> None:
    """docs/sales.md names the price: an item of up to 1 KB in a transaction costs two write units."""
    _, event = counted.sell(category_line("MUG", "mugs", 2))
    before = calls.count
    counted.deliver(event)
    assert calls.count - before == 2
    (transaction,) = calls.made("TransactWriteItems")
    assert [list(action) for action in transaction["TransactItems"]] == [["Update"]] * 3
    items = [item for item in counted.world.items() if not item["PK"].startswith("ORDER#")]
    assert all(len(repr(item)) < 1024 for item in items)


def test_event_is_retried_at_once_if_another_transaction_changes_its_row(
    counted: CountedShop, calls: AwsCalls
) -> None:
    """ "Transaction conflict handling in DynamoDB": a redelivery would take much longer."""
    _, event = counted.sell(category_line("MUG", "mugs"))
    calls.next("TransactWriteItems", contended, times=3)
    counted.deliver(event)
    assert counted.totals(By.DAY) == {(DAY, "EUR"): (1, 1, 1000, 0, 0, 0, 0)}
    assert len(calls.slept) == 3


def test_event_is_retried_if_the_table_is_throttled(
    counted: CountedShop, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(SLEEP, slept.append)
    _, event = counted.sell(category_line("MUG", "mugs"))
    calls.next("TransactWriteItems", cancelled("ThrottlingError"), times=3)
    counted.deliver(event)
    assert counted.totals(By.DAY) == {(DAY, "EUR"): (1, 1, 1000, 0, 0, 0, 0)}
    assert len(slept) == 3


def test_totals_expire_after_three_years(counted: CountedShop) -> None:
    counted.deliver(counted.sell(category_line("MUG", "mugs"))[1])
    noon = counted.clock.present.timestamp()
    expiries = {item["expiresAt"] for item in counted.world.items() if item["PK"].startswith("SALES#")}
    assert {round((each - noon) / 86_400) for each in expiries} == {KEPT_DAYS}


def test_each_page_has_the_totals_that_follow_the_previous_one(counted: CountedShop) -> None:
    events = []
    for number in range(7):
        counted.clock.move(24 * 3600)
        events.append(counted.sell(category_line(f"SKU-{number}", f"category-{number}"))[1])
    counted.deliver(*events)
    for by in By:
        assert list(counted.totals(by, limit=2)) == list(counted.totals(by)), by
