"""Documents of `log` and `replay`."""

from __future__ import annotations

from ops.documents.base import Document, Part
from ops.documents.show import LogEntry


class LogDocument(Document):
    """The latest lines, oldest first."""

    command = "log"
    lines: list[LogEntry]


class ReplayPart(Part):
    """A replay of a part of the period, and the state in which it has ended."""

    replay: str
    since: str
    until: str
    state: str


class ReplayDocument(Document):
    """What was replayed. `may_miss_latest`: its last events may not be in the archive yet.

    `archived_events` is how many events the archive contains, and `expected_events` estimates how many of
    them are of the period.
    """

    command = "replay"
    rule: str
    since: str
    until: str
    may_miss_latest: bool
    archived_events: int
    expected_events: int
    replays: list[ReplayPart]
