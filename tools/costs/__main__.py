"""Prints what orders cost, from the counts of their journey and a stage's templates.

make costs STAGE=prod ORDERS=1000000 [LINES=1 MAIL=1 READS=9000000]
"""

import argparse
import sys
from collections.abc import Callable

from tools.costs.counts import committed
from tools.costs.deployment import Deployment
from tools.costs.report import Wanted, as_text, tables
from tools.costs.templates import resources_of


def main(arguments: list[str]) -> None:
    """Print the cost. Raises SystemExit with the fix if an argument is invalid."""
    parser = argparse.ArgumentParser(prog="make costs", description=__doc__)
    parser.add_argument("stage")
    parser.add_argument("--orders", type=_number("ORDERS"), default=1_000_000)
    parser.add_argument("--lines", type=_number("LINES"), default=1)
    parser.add_argument("--mail", action="store_true")
    parser.add_argument("--reads", type=_number("READS"), default=0)
    options = parser.parse_args(arguments)
    deployment = Deployment.of(resources_of(options.stage))
    wanted = Wanted(options.orders, options.lines, options.mail, options.reads)
    try:
        print(as_text(tables(wanted, committed(), deployment)))
    except ValueError as error:
        raise SystemExit(str(error)) from None


def _number(name: str) -> Callable[[str], int]:
    """Returns a function that reads a whole number; `name` is its name in the Makefile."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit():
            raise argparse.ArgumentTypeError(f"{name}={text} must be a whole number, such as {name}=1000000")
        return int(text)

    return read


if __name__ == "__main__":
    main(sys.argv[1:])
