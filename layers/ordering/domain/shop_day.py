"""The shop's day: the date in the shop's time zone. A day has 23, 24 or 25 hours."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from ordering.domain.clock import as_text


@cache
def zone(name: str) -> ZoneInfo:
    """Returns a time zone by its name in the IANA database: `Europe/Berlin`."""
    return ZoneInfo(name)


def day_of(moment: str, time_zone: str) -> str:
    """Returns the shop's day of a time: `2026-11-21`."""
    return datetime.fromisoformat(moment).astimezone(zone(time_zone)).date().isoformat()


def day_range(day: date, time_zone: str) -> tuple[str, str]:
    """Returns when a day of the shop begins, and when the next one does."""
    return _midnight(day, time_zone), _midnight(day + timedelta(days=1), time_zone)


def _midnight(day: date, time_zone: str) -> str:
    return as_text(datetime.combine(day, time.min, zone(time_zone)).astimezone(UTC))
