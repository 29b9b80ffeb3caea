"""Which events were published: the log of the function that publishes them names each id."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from local.breaking.engine_access import BreakableApp

_PUBLISHER = "publish_changes"
# Lines appear in the log a moment after they were written, and not in order.
_OVERLAP = timedelta(seconds=5)


class PublishedLog:
    """Reads what was added to the log since the last reading, and a little before it."""

    def __init__(self, app: BreakableApp) -> None:
        self._app = app
        self._since = datetime.now(UTC)

    def ids(self) -> Iterator[str]:
        """Yields the ids of events that were published; some of them are yielded by the next call again."""
        begun = datetime.now(UTC)
        pages = self._app.logs.get_paginator("filter_log_events").paginate(
            logGroupName=self._app.deployed[_PUBLISHER].log_group,
            startTime=int((self._since - _OVERLAP).timestamp() * 1000),
        )
        for page in pages:
            for line in page["events"]:
                yield from _ids(line["message"])
        self._since = begun


def _ids(line: str) -> Iterator[str]:
    try:
        entry = json.loads(line)
    except ValueError:
        return
    if isinstance(entry, dict) and entry.get("message") == "published":
        yield from (event["id"] for event in entry.get("events", []))
