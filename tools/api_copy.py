"""The committed copy of the API's description, and the only way to update it."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.api_comparison import changes
from tools.schema_comparison import Change

Document = dict[str, Any]

_PROJECT = Path(__file__).resolve().parent.parent
COPY = _PROJECT / "layers" / "ordering" / "http" / "openapi.json"
ACKNOWLEDGED = _PROJECT / "docs" / "api-changes.md"

_HEADING = """\
# Breaking changes of the API

Each was found by `.venv/bin/python -m tools.api_changes check`, and acknowledged with its reason.
"""
_NON_ASCII = re.compile(r"[^\x00-\x7f]")


class Refused(Exception):
    """The copy was not updated: the change breaks clients, and no reason was given for it."""


def as_text(document: Document) -> str:
    """Returns the document as text, as it is committed."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    # Patterns contain characters that would break or reorder a line of the file, so they are escaped.
    return "\n".join(_escaped(line) if '"pattern": ' in line else line for line in text.split("\n")) + "\n"


def _escaped(line: str) -> str:
    return _NON_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], line)


def committed() -> Document | None:
    """Returns the committed copy; None if there is none yet."""
    document: Document | None = json.loads(COPY.read_text()) if COPY.exists() else None
    return document


def differences(document: Document) -> list[Change]:
    """Returns what has changed since the copy was committed."""
    before = committed()
    if before is None:
        return [Change(COPY.name, "has never been written", breaking=False)]
    return changes(before, json.loads(as_text(document)))


def accept(document: Document, reason: str | None = None) -> None:
    """Update the copy. `reason` is why clients may be broken; docs/api-changes.md keeps it with the date.

    Raises Refused for a breaking change without a reason.
    """
    breaking = [change for change in differences(document) if change.breaking]
    reason = (reason or "").strip()
    if breaking and not reason:
        raise Refused(
            f"{report(breaking)}\n\n"
            "Nothing was written, because this breaks clients. If it is meant:\n"
            '    .venv/bin/python -m tools.api_changes accept --acknowledge "why"'
        )
    if breaking:
        before = ACKNOWLEDGED.read_text() if ACKNOWLEDGED.exists() else _HEADING
        ACKNOWLEDGED.write_text(before + entry(reason, breaking))
    COPY.write_text(as_text(document))


def report(found: Sequence[Change]) -> str:
    """Returns the changes as text, one on a line."""
    return "\n".join(
        f"{'BREAKING' if change.breaking else '        '}  {change.where}: {change.what}" for change in found
    )


def entry(reason: str, breaking: Sequence[Change]) -> str:
    """Returns what is kept of an acknowledged change, with the date."""
    lines = [f"- {change.where}: {change.what}" for change in breaking]
    return "\n".join(["", f"## {datetime.now(UTC):%Y-%m-%d}", "", reason, "", *lines, ""])
