"""The committed copy of a description that is generated from the code, and the only way to update it.

Comparing the description with the copy shows changes that break a client or a consumer. The
descriptions are those of the API (`tools.openapi.changes`) and of the events (`tools.asyncapi.changes`).
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tools.descriptions.schema_comparison import Change
from tools.descriptions.schema_merging import Document

PROJECT = Path(__file__).resolve().parents[2]
_NON_ASCII = re.compile(r"[^\x00-\x7f]")


class Refused(Exception):
    """The copy was not updated, because the change breaks its readers and no reason was given."""


@dataclass(frozen=True)
class CommittedCopy:
    """A committed description, and the command that compares and updates it."""

    command: str
    """How the command is called: `tools.openapi.changes`."""
    subject: str
    """What is described: `the API`."""
    readers: str
    """What a breaking change breaks: `clients`."""
    copy: Path
    acknowledged: Path
    """The page with the reasons for breaking changes."""
    changes: Callable[[Document, Document], list[Change]]
    """Returns what has changed between two descriptions."""
    pages: Mapping[Path, Callable[[Document], str]] = field(default_factory=dict)
    """Further committed files, and how each is made of the description."""

    def main(self, generated: Document, arguments: Sequence[str] | None) -> int:
        """Run the command line; returns the exit status."""
        parser = argparse.ArgumentParser(prog=f".venv/bin/python -m {self.command}")
        commands = parser.add_subparsers(dest="command", required=True)
        commands.add_parser("check", help="print what has changed, and fail if anything has")
        accepting = commands.add_parser("accept", help="update the committed copy")
        accepting.add_argument("--acknowledge", metavar="WHY", help=f"why {self.readers} may be broken")
        options = parser.parse_args(arguments)
        if options.command == "check":
            return self.check(generated)
        try:
            self.accept(generated, options.acknowledge)
        except Refused as refused:
            print(refused, file=sys.stderr)
            return 1
        return 0

    def differences(self, generated: Document) -> list[Change]:
        """Returns what has changed since the copy was committed."""
        if not self.copy.exists():
            return [Change(self.copy.name, "has never been written", breaking=False)]
        committed, text = self.copy.read_text(), as_text(generated)
        found = self.changes(json.loads(committed), json.loads(text))
        if not found and committed != text:
            found = [Change(self.copy.name, "is worded differently", breaking=False)]
        stale = [
            Change(page.name, "is not the page of the description", breaking=False)
            for page, made in self.pages.items()
            if not page.exists() or page.read_text() != made(generated)
        ]
        return found or stale

    def check(self, generated: Document) -> int:
        """Print what has changed since the copy was committed; returns 1 if anything has."""
        found = self.differences(generated)
        if not found:
            return 0
        why = ' --acknowledge "why"' if any(change.breaking for change in found) else ""
        print(report(found))
        print("\nIf that is meant, commit the new description:")
        print(f"    .venv/bin/python -m {self.command} accept{why}")
        return 1

    def accept(self, generated: Document, reason: str | None = None) -> None:
        """Update the copy. `reason` is why readers may be broken; a page keeps it with the date.

        Raises Refused for a breaking change without a reason.
        """
        breaking = [change for change in self.differences(generated) if change.breaking]
        reason = (reason or "").strip()
        if breaking and not reason:
            raise Refused(
                f"{report(breaking)}\n\n"
                f"Nothing was written, because this breaks {self.readers}. If this is intended:\n"
                f'    .venv/bin/python -m {self.command} accept --acknowledge "why"'
            )
        if breaking:
            before = self.acknowledged.read_text() if self.acknowledged.exists() else self._heading()
            self.acknowledged.write_text(before + _entry(reason, breaking))
        self.copy.write_text(as_text(generated))
        for page, made in self.pages.items():
            page.write_text(made(generated))

    def _heading(self) -> str:
        return (
            f"# Breaking changes of {self.subject}\n\n"
            f"Each was found by `.venv/bin/python -m {self.command} check`, "
            "and acknowledged with its reason.\n"
        )


def as_text(document: Document) -> str:
    """Returns the document as text, as it is committed."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    # Patterns contain characters that would break or reorder a line of the file, so they are escaped.
    return "\n".join(_escaped(line) if '"pattern": ' in line else line for line in text.split("\n")) + "\n"


def report(found: Sequence[Change]) -> str:
    """Returns the changes as text, one on a line."""
    return "\n".join(
        f"{'BREAKING' if change.breaking else '        '}  {change.where}: {change.what}" for change in found
    )


def _escaped(line: str) -> str:
    return _NON_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], line)


def _entry(reason: str, breaking: Sequence[Change]) -> str:
    """Returns the dated entry of an acknowledged change."""
    lines = [f"- {change.where}: {change.what}" for change in breaking]
    return "\n".join(["", f"## {datetime.now(UTC):%Y-%m-%d}", "", reason, "", *lines, ""])
