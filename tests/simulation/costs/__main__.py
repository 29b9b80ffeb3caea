"""Counts what each journey of an order and each job uses of AWS, and compares it with the committed counts.

.venv/bin/python -m tests.simulation.costs            print the differences, and fail if there are any
.venv/bin/python -m tests.simulation.costs --write    commit the counts, and the tables of docs/costs.md
"""

from tests.support.environment import set_environment

# Before any handler is imported: see `tests.support.environment`.
set_environment()

import argparse  # noqa: E402
import sys  # noqa: E402
from contextlib import redirect_stdout  # noqa: E402
from io import StringIO  # noqa: E402

import moto  # noqa: E402, F401 (it sees only calls of clients that are created after its import)

from tests.simulation.costs.jobs import count_all_jobs  # noqa: E402
from tests.simulation.costs.journeys import count_all  # noqa: E402
from tests.support.backend import backend  # noqa: E402
from tests.support.logs import kept  # noqa: E402
from tests.synth import synthesised  # noqa: E402
from tools.costs import page  # noqa: E402
from tools.costs.counts import COUNTS, JOBS, Journey, committed, differences, write  # noqa: E402
from tools.costs.deployment import Deployment  # noqa: E402


def main(arguments: list[str]) -> int:
    """Returns 0 if the counts are those that are committed, or were written; 1 otherwise."""
    parser = argparse.ArgumentParser(prog=".venv/bin/python -m tests.simulation.costs")
    parser.add_argument("--write", action="store_true", help="commit the counts and the tables in the docs")
    options = parser.parse_args(arguments)
    # The log of the set-ups is neither counted nor printed.
    with backend() as shop, kept(), redirect_stdout(StringIO()):
        counted = {COUNTS: count_all(shop), JOBS: count_all_jobs(shop)}
    if options.write:
        for file, counts in counted.items():
            write(counts, file)
        page.write(Deployment.of(resource.body for resource in synthesised("prod").resources()))
        return 0
    found = [
        line
        for file, counts in counted.items()
        for name, now in counts.items()
        for line in differences(name, committed(file).get(name, Journey(1)), now)
    ]
    print("\n".join(found) or "the counts are those that are committed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
