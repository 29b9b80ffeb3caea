"""The shop's day of a report: the clocks change twice a year, and some years have a leap day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from ordering.domain.reports.days import HOUR, hours_of, moment_text, scheduled_day
from ordering.domain.shop_day import day_range

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("scheduled", "day", "hours"),
    [
        # Six o'clock in Berlin is 05:00 UTC in winter, and 04:00 UTC in summer.
        ("2026-11-28T05:00:00Z", date(2026, 11, 27), 24),
        # The run on the Monday after the clocks went forward, and on the one after they went back.
        ("2026-03-29T04:00:00Z", date(2026, 3, 28), 24),
        ("2026-03-30T04:00:00Z", date(2026, 3, 29), 23),
        ("2026-10-25T05:00:00Z", date(2026, 10, 24), 24),
        ("2026-10-26T05:00:00Z", date(2026, 10, 25), 25),
        # The leap day of 2028, and the first of March in a year without one.
        ("2028-03-01T05:00:00Z", date(2028, 2, 29), 24),
        ("2027-03-01T05:00:00Z", date(2027, 2, 28), 24),
        ("2027-01-01T05:00:00Z", date(2026, 12, 31), 24),
    ],
)
def test_scheduled_run_is_about_the_day_before(scheduled: str, day: date, hours: int) -> None:
    assert scheduled_day(scheduled, BERLIN) == day
    assert hours_of(day, BERLIN) == hours


def test_day_of_a_shop_west_of_greenwich_is_its_own() -> None:
    """Six o'clock in Honolulu is in the afternoon of the same day in UTC."""
    assert scheduled_day("2026-11-28T16:00:00Z", "Pacific/Honolulu") == date(2026, 11, 27)
    assert scheduled_day("2026-11-27T17:00:00Z", "Pacific/Kiritimati") == date(2026, 11, 27)


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2028, 2, 29)])
def test_hours_of_a_day_are_those_between_its_midnights(day: date) -> None:
    begin, end = (datetime.fromisoformat(each) for each in day_range(day, BERLIN))
    assert (end - begin) / timedelta(hours=1) == hours_of(day, BERLIN)


def test_half_an_hour_can_be_missing() -> None:
    assert hours_of(date(2026, 10, 4), "Australia/Lord_Howe") == 23.5


@pytest.mark.slow
def test_scheduled_time_exists_once_on_every_day_in_every_time_zone() -> None:
    """EventBridge Scheduler skips a time that does not exist ("Schedule types in EventBridge Scheduler",
    EventBridge Scheduler User Guide)."""
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(366)]
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        for day in days:
            local = datetime.combine(day, time(HOUR), zone)
            assert local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)
            assert local.replace(fold=1).utcoffset() == local.utcoffset(), (name, day)


def test_time_is_written_as_the_clock_of_the_shop_shows_it() -> None:
    moment = datetime(2026, 11, 28, 17, 5, tzinfo=UTC)
    assert moment_text(moment, BERLIN) == "28 November 2026, 18:05 (Europe/Berlin)"
