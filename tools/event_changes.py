"""What a change of the code does to the events, and so to their consumers.

    .venv/bin/python -m tools.event_changes check

compares the committed copy with what the code says now, and fails if they differ.

    .venv/bin/python -m tools.event_changes accept [--acknowledge "why"]

renews the copy. A change that breaks consumers needs a reason, which is kept in docs/event-changes.md.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tools.api_copy import as_text, entry, report
from tools.describe_events import document
from tools.event_page import page
from tools.schema_comparison import Change, SchemaComparison, Side

Document = dict[str, Any]

_PROJECT = Path(__file__).resolve().parent.parent
COPY = _PROJECT / "layers" / "ordering" / "http" / "asyncapi.json"
PAGE = COPY.with_name("events.html")
ACKNOWLEDGED = _PROJECT / "docs" / "event-changes.md"

_HEADING = """\
# Breaking changes of the events

Each was found by `.venv/bin/python -m tools.event_changes check`, and acknowledged with its reason.
"""


class Refused(Exception):
    """The copy was not updated: the change breaks consumers, and no reason was given for it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog=".venv/bin/python -m tools.event_changes")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="say what has changed, and fail if anything has")
    accepting = commands.add_parser("accept", help="renew the committed copies")
    accepting.add_argument("--acknowledge", metavar="WHY", help="why consumers may be broken")
    options = parser.parse_args(arguments)
    if options.command == "check":
        return check(document())
    try:
        accept(document(), options.acknowledge)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0


def changes(before: Document, after: Document) -> list[Change]:
    """Returns what has changed between two AsyncAPI documents."""
    return list(_changes(before, after))


def _changes(before: Document, after: Document) -> Iterator[Change]:
    old, new = before["components"]["messages"], after["components"]["messages"]
    comparison = SchemaComparison(before, after, Side.EVENT)
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield Change(name, "is gone", breaking=True)
        elif name not in old:
            yield Change(name, "is new", breaking=False)
        else:
            yield from comparison.changes(name, old[name]["payload"], new[name]["payload"])


def differences(generated: Document) -> list[Change]:
    """Returns what has changed since the copies were committed."""
    if not COPY.exists():
        return [Change(COPY.name, "has never been written", breaking=False)]
    text = as_text(generated)
    found = changes(json.loads(COPY.read_text()), json.loads(text))
    if not found and COPY.read_text() != text:
        found = [Change(COPY.name, "has other words", breaking=False)]
    if not found and (not PAGE.exists() or PAGE.read_text() != page(generated)):
        found = [Change(PAGE.name, "is not the page of the description", breaking=False)]
    return found


def check(generated: Document) -> int:
    """Print what has changed since the copies were committed; returns 1 if anything has."""
    found = differences(generated)
    if not found:
        return 0
    why = ' --acknowledge "why"' if any(change.breaking for change in found) else ""
    print(report(found))
    print("\nIf that is meant, commit the new description:")
    print(f"    .venv/bin/python -m tools.event_changes accept{why}")
    return 1


def accept(generated: Document, reason: str | None = None) -> None:
    """Renew the copies. `reason` says why consumers may be broken, and is kept with the date.

    Raises Refused for a breaking change without a reason.
    """
    breaking = [change for change in differences(generated) if change.breaking]
    reason = (reason or "").strip()
    if breaking and not reason:
        raise Refused(
            f"{report(breaking)}\n\n"
            "Nothing was written, because this breaks consumers. If it is meant:\n"
            '    .venv/bin/python -m tools.event_changes accept --acknowledge "why"'
        )
    if breaking:
        before = ACKNOWLEDGED.read_text() if ACKNOWLEDGED.exists() else _HEADING
        ACKNOWLEDGED.write_text(before + entry(reason, breaking))
    COPY.write_text(as_text(generated))
    PAGE.write_text(page(generated))


if __name__ == "__main__":
    sys.exit(main())
