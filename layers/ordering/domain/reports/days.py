"""Which day of the shop a report is about."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ordering.domain.languages import Language
from ordering.domain.localised import FORMATS
from ordering.domain.sales import KEPT_DAYS
from ordering.domain.shop_day import day_of, zone

# In the morning, after the late events of the day before. No time zone changes its clocks at this time: the
# scheduler would skip a time that does not exist ("Schedule types in EventBridge Scheduler").
HOUR = 6
"""The hour, by the shop's clock, at which the report of the day before is made."""

EARLIER_DAYS = 14
"""So many days before are shown beside a day, and are compared with their reports by each scheduled run.

An event that is older is not counted (`ordering.repositories.processed_events`): it corrects no report.
"""

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class DayRefused(ValueError):
    """There can be no report of this day. The message names the field and the fix."""


def scheduled_day(scheduled_at: object, time_zone: str) -> date:
    """Return the day before that of the scheduled time, in the shop's time zone. Raises DayRefused."""
    try:
        if isinstance(scheduled_at, str) and datetime.fromisoformat(scheduled_at).tzinfo:
            return date.fromisoformat(day_of(scheduled_at, time_zone)) - timedelta(days=1)
    except (ValueError, OverflowError):
        pass
    raise DayRefused(
        f"scheduledAt: {scheduled_at!r} is not a time with its offset; send {{'day': '2026-11-27'}} for a day"
    )


def ended_day(day: object, time_zone: str, *, at: str) -> date:
    """Return the day that a text names, if it has ended at the time `at` and its totals are still kept.

    Raises DayRefused.
    """
    try:
        found = date.fromisoformat(day if isinstance(day, str) else "")
    except ValueError:
        raise DayRefused(f"day: {day!r} is not a day; write 2026-11-27, for example") from None
    today = date.fromisoformat(day_of(at, time_zone))
    if found >= today:
        raise DayRefused(f"day: {found} has not ended in {time_zone}; name a day before {today}")
    if found <= today - timedelta(days=KEPT_DAYS):
        raise DayRefused(
            f"day: {found} is too long ago: totals are kept for {KEPT_DAYS} days; name a later day"
        )
    return found


def requested_day(event: Mapping[str, Any], time_zone: str, *, at: str) -> date:
    """Return the day of an event: `{"day": ...}` of an operator, or `{"scheduledAt": ...}` of the schedule.

    Raises DayRefused.
    """
    if "day" in event:
        return ended_day(event["day"], time_zone, at=at)
    return ended_day(scheduled_day(event.get("scheduledAt"), time_zone).isoformat(), time_zone, at=at)


def hours_of(day: date, time_zone: str) -> float:
    """Return how many hours a day of the shop has: 24, or 23 and 25 when the clocks change."""
    midnight, next_midnight = (
        datetime(each.year, each.month, each.day, tzinfo=zone(time_zone)).astimezone(UTC)
        for each in (day, day + timedelta(days=1))
    )
    return (next_midnight - midnight) / timedelta(hours=1)


def date_text(day: date, *, weekday: bool = False) -> str:
    """Return a day in English: `27 November 2026`, or `Friday, 27 November 2026`."""
    text = f"{day.day} {FORMATS[Language.EN].months.split(' ')[day.month - 1]} {day.year}"
    return f"{_WEEKDAYS[day.weekday()]}, {text}" if weekday else text


def moment_text(moment: datetime, time_zone: str) -> str:
    """Return a time as the shop's clock shows it: `28 November 2026, 18:00 (Europe/Berlin)`."""
    local = moment.astimezone(zone(time_zone))
    return f"{date_text(local.date())}, {local:%H:%M} ({time_zone})"
