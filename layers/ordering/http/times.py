"""Times of RFC 3339, as clients send them in a query."""

import re
from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from ordering.domain.clock import as_text

FORM = "takes a time of RFC 3339 with its offset: 2026-11-21T12:00:00Z, or …%2B01:00 for `+01:00`"

_FIRST_MOMENT = "0001-01-01T00:00:00.000Z"
_LAST_MOMENT = "9999-12-31T23:59:59.999Z"
_ALMOST_A_MILLISECOND = timedelta(microseconds=999)
_LEAP_SECOND = re.compile(r"(?P<until>.{10}[Tt ].{5}:)60(?P<rest>.*)", re.DOTALL)
_AwareTime = Annotated[datetime, msgspec.Meta(tz=True)]


class InvalidTime(Exception):
    """The text is no time of RFC 3339, or has no offset."""


def moment(text: str, *, round_up: bool = False) -> str:
    """A time as `clock.now` writes it, in UTC. Raises InvalidTime.

    What is finer than a millisecond is cut off, or rounded up. A time outside Python's calendar becomes the
    calendar's first or last moment: no order was placed beyond them.
    """
    if text.startswith("0000-"):
        _read(f"0004{text[4:]}")  # a leap year too
        return _FIRST_MOMENT
    found, later = _read(text)
    try:
        return as_text(found + later + (_ALMOST_A_MILLISECOND if round_up else timedelta()))
    except OverflowError:
        return _FIRST_MOMENT if found.year == 1 else _LAST_MOMENT


def _read(text: str) -> tuple[datetime, timedelta]:
    """A time, and what is to be added to it.

    A leap second is the last second of a day in UTC, whatever the offset (RFC 3339, section 5.7). As POSIX
    counts, it is the first second of the next day.
    """
    leap = _LEAP_SECOND.fullmatch(text)
    try:
        found: datetime = msgspec.convert(f"{leap['until']}59{leap['rest']}" if leap else text, _AwareTime)
    except msgspec.ValidationError:
        raise InvalidTime from None
    if leap is None:
        return found, timedelta()
    offset = found.utcoffset() or timedelta()
    in_utc = timedelta(hours=found.hour, minutes=found.minute) - offset
    if in_utc % timedelta(days=1) != timedelta(hours=23, minutes=59):
        raise InvalidTime
    return found, timedelta(seconds=1)
