"""RFC 3339 times in query strings."""

import re
from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from ordering.domain.clock import as_text

FORM = "must be an RFC 3339 time with an offset: 2026-11-21T12:00:00Z, or …%2B01:00 for `+01:00`"

_FIRST_MOMENT = "0001-01-01T00:00:00.000Z"
_LAST_MOMENT = "9999-12-31T23:59:59.999Z"
_ALMOST_A_MILLISECOND = timedelta(microseconds=999)
_MICROSECOND = timedelta(microseconds=1)
# What follows the sixth digit of a fraction: the decoder would round it up, beyond year 9999 for example.
_FINER = re.compile(r"(?P<kept>.{19}\.[0-9]{6})(?P<finer>[0-9]+)(?P<offset>.*)", re.DOTALL)
_LEAP_SECOND = re.compile(r"(?P<until>.{10}[Tt ].{5}:)60(?P<rest>.*)", re.DOTALL)
_AwareTime = Annotated[datetime, msgspec.Meta(tz=True)]


class InvalidTime(Exception):
    """The text is not an RFC 3339 time with an offset."""


def moment(text: str, *, round_up: bool = False) -> str:
    """Returns a time in UTC, in the format of `clock.now`.

    Fractions of a millisecond are truncated, or rounded up. A time outside the range of `datetime` becomes
    the first or last time in the range; no order was placed outside it.

    Raises:
        InvalidTime: The text is not an RFC 3339 time with an offset.
    """
    rest = timedelta()
    if fraction := _FINER.fullmatch(text):
        text = fraction["kept"] + fraction["offset"]
        rest = _MICROSECOND if fraction["finer"].strip("0") else rest
    if text.startswith("0000-"):
        _read(f"0004{text[4:]}")  # checks the rest of the text: 4 is a leap year, as 0 is
        return _FIRST_MOMENT
    found, later = _read(text)
    try:
        return as_text(found + later + (_ALMOST_A_MILLISECOND + rest if round_up else timedelta()))
    except OverflowError:
        return _FIRST_MOMENT if found.year == 1 else _LAST_MOMENT


def _read(text: str) -> tuple[datetime, timedelta]:
    """Returns a time, and one second to add if it is a leap second.

    A leap second is the last second of a UTC day, whatever the offset (RFC 3339, section 5.7). POSIX time
    counts it as the first second of the next day.
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
