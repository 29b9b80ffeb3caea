"""Times, in the one format of all items, events and responses."""

import time
from datetime import UTC, datetime, timedelta
from typing import Annotated

from msgspec import Meta

from ordering.domain.text import END

StoredTime = Annotated[
    str,
    Meta(
        pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z" + END
    ),
]
"""A time as `now` writes it."""


def now() -> str:
    """The current time: UTC, RFC 3339, milliseconds (`2026-11-21T12:00:00.000Z`).

    The width is fixed, so that times sort as text, also in the key of an index.
    """
    return as_text(datetime.now(UTC))


def ago(**duration: float) -> str:
    """The time that was this long ago: `ago(minutes=15)`."""
    return as_text(datetime.now(UTC) - timedelta(**duration))


def seconds_since(moment: str) -> float:
    """The seconds that have passed since `moment`."""
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()


def seconds_until(moment: str, *, at: str) -> float:
    """The seconds from one time until another; negative if it has passed."""
    return (datetime.fromisoformat(moment) - datetime.fromisoformat(at)).total_seconds()


def later(moment: str, by: timedelta) -> str:
    """The time that is so much after another."""
    return as_text(datetime.fromisoformat(moment) + by)


def unix_seconds(moment: str) -> int:
    """A time in whole seconds since 1970."""
    return int(datetime.fromisoformat(moment).timestamp())


def milliseconds() -> int:
    """The current time, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def text_of(milliseconds: int) -> str:
    """A time in milliseconds since 1970, written in the format of `now`."""
    return as_text(datetime.fromtimestamp(milliseconds / 1000, UTC))


def as_text(moment: datetime) -> str:
    """A time with any offset, written in the format of `now`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
