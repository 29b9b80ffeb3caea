"""The entry point of the local run's command line: `orders-local`.

Any Python can parse this file. An older Python could not parse the other files, and gets a message about
the version.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this check is for older versions
    sys.exit(
        "Python 3.11 or newer is needed; this is "
        + sys.version.split()[0]
        + ". Name another one: make PYTHON=python3.13 up"
    )

# Before the other imports, because Ctrl-C may be pressed at any moment.
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
