"""Shows how a change of the code changes the API's description, and whether it breaks clients.

    .venv/bin/python -m tools.openapi.changes check

compares the committed copy with the description generated from the code, and fails if they differ.

    .venv/bin/python -m tools.openapi.changes accept [--acknowledge "why"]

updates the copy. A change that breaks clients needs a reason, which is kept in docs/api-changes.md.
"""

import sys
from collections.abc import Sequence

from tools.descriptions.committed_copy import PROJECT, CommittedCopy
from tools.openapi.comparison import changes
from tools.openapi.describe import document

API = CommittedCopy(
    command="tools.openapi.changes",
    subject="the API",
    readers="clients",
    copy=PROJECT / "layers" / "ordering" / "http" / "openapi.json",
    acknowledged=PROJECT / "docs" / "api-changes.md",
    changes=changes,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    return API.main(document(), arguments)


if __name__ == "__main__":
    sys.exit(main())
