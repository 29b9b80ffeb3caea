"""The time, as every item, event and answer writes it."""

import time
from datetime import UTC, datetime, timedelta


def now() -> str:
    """The present moment: UTC, RFC 3339, milliseconds (`2026-11-21T12:00:00.000Z`).

    The width is fixed, so that times sort as text, in an index key too.
    """
    return as_text(datetime.now(UTC))


def ago(**duration: float) -> str:
    """A moment of the past, by how long ago it was: `ago(minutes=15)`."""
    return as_text(datetime.now(UTC) - timedelta(**duration))


def seconds_since(moment: str) -> float:
    """How long ago a moment was."""
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()


def milliseconds() -> int:
    """The present moment, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def text_of(milliseconds: int) -> str:
    """A moment given in milliseconds since 1970, written in that form."""
    return as_text(datetime.fromtimestamp(milliseconds / 1000, UTC))


def as_text(moment: datetime) -> str:
    """A moment of any offset, written in that form."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
