"""Documents of `log` and `replay`."""

from __future__ import annotations

from ops.documents.base import Document
from ops.documents.show import LogEntry


class LogDocument(Document):
    """The latest lines, oldest first."""

    command = "log"
    lines: list[LogEntry]


class ReplayDocument(Document):
    """The replay that was started. `may_miss_latest`: its last events may not be in the archive yet."""

    command = "replay"
    replay: str
    rule: str
    since: str
    until: str
    may_miss_latest: bool
