"""The entry point of the local run's command line: `orders-local`.

This file is read by any Python: an older one cannot read the others, and is told which version it takes.
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
    """Run the command line: all of it on the project's Python, the part before `make setup` on any other."""
    interruption.install()
    from local import bootstrap

    if bootstrap.is_needed():
        return bootstrap.main(sys.argv[1:])
    from local.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
