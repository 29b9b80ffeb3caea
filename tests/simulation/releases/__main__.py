"""Lets two releases serve the same orders: `make mixed`.

To replay one case and print its calls: `make mixed CASE=fulfilled/random-7:12=dies`.
"""

from tests.support.environment import set_environment

# Before any handler is imported: see `tests.support.environment`.
set_environment()

import argparse  # noqa: E402
import secrets  # noqa: E402
import sys  # noqa: E402

import moto  # noqa: E402, F401 (it sees only calls of clients that are created after its import)

from tests.simulation.faults.trace import trace_lines  # noqa: E402
from tests.simulation.faults.worker_pool import be_quiet  # noqa: E402
from tests.simulation.releases.accepted import ACCEPTED  # noqa: E402
from tests.simulation.releases.cases import JOURNEYS_OF_BOTH, Case, perform  # noqa: E402
from tests.simulation.releases.mixture import mixture  # noqa: E402
from tests.simulation.releases.release import previous_release, this_release  # noqa: E402
from tests.simulation.releases.suite import CASES_IN_A_ROUND, examine  # noqa: E402


def main(arguments: list[str]) -> int:
    """Returns 0 if no rule and no guarantee was broken, 1 otherwise."""
    options = _options(arguments)
    be_quiet()
    with mixture(previous_release(), this_release()) as mixed:
        if options.case:
            result = perform(mixed, options.case)
            print("\n".join(trace_lines(result.verdict, mixed.shop)))
            return 1 if any(result.findings) else 0
        rounds = max(1, round(options.orders / 2 / (CASES_IN_A_ROUND * len(JOURNEYS_OF_BOTH))))
        report = examine(
            mixed,
            JOURNEYS_OF_BOTH,
            seed=options.seed,
            rounds=rounds,
            faults=options.orders // 2,
            accepted=ACCEPTED,
            tell=lambda finding: print(finding, flush=True),
        )
        print("\n".join(report.lines(mixed, options.seed)))
    return 1 if report.findings else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=".venv/bin/python -m tests.simulation.releases", description=__doc__
    )
    parser.add_argument("--case", type=Case.parse, help="replay one case, and print its calls")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000), help="draws the cases")
    parser.add_argument("--orders", type=int, default=1000, help="cases, half of them with a fault")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
