"""Shows how a change of the code changes the events, and whether it breaks their consumers.

    .venv/bin/python -m tools.asyncapi.changes check

compares the committed copy with the description generated from the code, and fails if they differ.

    .venv/bin/python -m tools.asyncapi.changes accept [--acknowledge "why"]

updates the copy. A change that breaks consumers needs a reason, which is kept in docs/event-changes.md.
"""

import sys
from collections.abc import Iterator, Sequence

from tools.asyncapi.describe import document
from tools.asyncapi.page import page
from tools.descriptions.committed_copy import PROJECT, CommittedCopy
from tools.descriptions.schema_comparison import Change, SchemaComparison, Side
from tools.descriptions.schema_merging import Document

_SERVED = PROJECT / "layers" / "ordering" / "http"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    return EVENTS.main(document(), arguments)


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


EVENTS = CommittedCopy(
    command="tools.asyncapi.changes",
    subject="the events",
    readers="consumers",
    copy=_SERVED / "asyncapi.json",
    acknowledged=PROJECT / "docs" / "event-changes.md",
    changes=changes,
    pages={_SERVED / "events.html": page},
)


if __name__ == "__main__":
    sys.exit(main())
