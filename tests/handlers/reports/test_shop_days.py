"""A report has the sales of the shop's day, also on a day of 23 or 25 hours and on a leap day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.handlers.reports.reporting_shop import ReportingShop, rows


@pytest.mark.slow
@pytest.mark.parametrize(
    ("day", "begin", "hours"),
    [
        (date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
        (date(2026, 10, 25), datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
        (date(2028, 2, 29), datetime(2028, 2, 28, 23, tzinfo=UTC), 24),
    ],
)
def test_report_has_the_sales_between_the_midnights_of_its_day(
    shop: ReportingShop, day: date, begin: datetime, hours: int
) -> None:
    """One order is sold in each hour from the one before the day until the one after it."""
    for hour in range(-1, hours + 1):
        shop.counted.clock.present = begin + timedelta(hours=hour, minutes=30)
        _, event = shop.counted.sell()
        shop.counted.deliver(event)
    # One second before each midnight, and on it.
    for moment in (begin, begin + timedelta(hours=hours)):
        for offset in (-1, 0):
            shop.counted.clock.present = moment + timedelta(seconds=offset)
            _, event = shop.counted.sell()
            shop.counted.deliver(event)
    shop.counted.clock.present = begin + timedelta(hours=hours + 6)
    shop.report(day)
    assert rows(day=day)[0]["orders"] == str(hours + 2)


def test_day_ends_at_the_midnight_of_the_shop(shop: ReportingShop) -> None:
    """Half past midnight in Berlin is still the day before in UTC."""
    shop.counted.clock.present = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
    assert shop.report(date(2026, 11, 27))["day"] == "2026-11-27"
