"""The command line of the local run: ``orders-local --help``.

This file is read by whatever Python there is: an older one is told what it lacks, and cannot read more.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is what tells an older Python so
    sys.exit(
        "Python 3.11 or newer is needed; this is "
        + sys.version.split()[0]
        + ". Name another one: make PYTHON=python3.13 up"
    )

# Before the rest is imported: Ctrl-C may come at any moment.
from local import interruption


def main():  # type: () -> int
    """Run the command line; returns the exit status."""
    interruption.install()
    from local.command_line import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
