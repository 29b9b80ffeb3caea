"""The time, as every item, event and answer writes it."""

from datetime import UTC, datetime


def now() -> str:
    """The present moment: UTC, RFC 3339, milliseconds (`2026-11-21T12:00:00.000Z`).

    The width is fixed, so that times sort as text, in an index key too.
    """
    return as_text(datetime.now(UTC))


def as_text(moment: datetime) -> str:
    """A moment of any offset, written in that form."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
