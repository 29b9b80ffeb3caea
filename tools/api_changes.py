"""Shows what a change of the code does to the API's description, and so to its clients.

    .venv/bin/python -m tools.api_changes check

compares the committed copy with the description generated from the code, and fails if they differ.

    .venv/bin/python -m tools.api_changes accept [--acknowledge "why"]

updates the copy. A change that breaks clients needs a reason, which is kept in docs/api-changes.md.
"""

import argparse
import sys
from collections.abc import Sequence

from tools.api_copy import Document, Refused, accept, differences, report
from tools.describe_api import document


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog=".venv/bin/python -m tools.api_changes")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="print what has changed, and fail if anything has")
    accepting = commands.add_parser("accept", help="update the committed copy")
    accepting.add_argument("--acknowledge", metavar="WHY", help="why clients may be broken")
    options = parser.parse_args(arguments)
    return check(document()) if options.command == "check" else _accept(document(), options.acknowledge)


def check(generated: Document) -> int:
    """Print what has changed since the copy was committed; returns 1 if anything has."""
    found = differences(generated)
    if not found:
        return 0
    breaks = any(change.breaking for change in found)
    why = ' --acknowledge "why"' if breaks else ""
    print(report(found))
    print("\nIf that is meant, commit the new description:")
    print(f"    .venv/bin/python -m tools.api_changes accept{why}")
    return 1


def _accept(generated: Document, reason: str | None) -> int:
    try:
        accept(generated, reason)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
