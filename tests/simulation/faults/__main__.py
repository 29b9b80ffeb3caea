"""Makes every call of the order path fail, in every way: `make faults`.

To replay one case and print its calls: `make faults CASE=fulfilled:12=dies`.
"""

from tests.support.environment import set_environment

# Before any handler is imported: see `tests.support.environment`.
set_environment()

import argparse  # noqa: E402
import secrets  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections import Counter  # noqa: E402

import moto  # noqa: E402, F401 (it sees only calls of clients that are created after its import)

from tests.simulation.faults.kinds import BY_NAME  # noqa: E402
from tests.simulation.faults.run import Run  # noqa: E402
from tests.simulation.faults.trace import trace_lines  # noqa: E402
from tests.simulation.faults.trial import BY_SLUG, Case, Verdict, perform, single_fault_cases  # noqa: E402
from tests.simulation.faults.worker_pool import be_quiet, worker_pool  # noqa: E402
from tests.support.backend import backend  # noqa: E402


def main(arguments: list[str]) -> int:
    """Returns 0 if every guarantee held in every case, 1 otherwise."""
    options = _options(arguments)
    case: Case | None = options.case
    if case:
        return _one(case)
    return _count(options) if options.count else _all(options)


def _one(case: Case) -> int:
    be_quiet()
    with backend() as shop:
        verdict = perform(case, shop)
        print("\n".join(trace_lines(verdict, shop)))
    return 0 if verdict.is_good else 1


def _all(options: argparse.Namespace) -> int:
    started = time.monotonic()
    ends = started + options.minutes * 60
    journeys = options.journey or list(BY_SLUG)

    def say(text: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {text}", flush=True)

    with worker_pool(options.workers) as workers:
        run = Run(workers.perform, _print_failure, say, options.seed)
        report = run.go(
            journeys,
            options.kind or list(BY_NAME),
            pairs=options.pairs,
            there_is_time=lambda: time.monotonic() < ends,
        )
    print("", *report.lines(seed=options.seed, seconds=time.monotonic() - started), sep="\n")
    return 0 if report.is_good else 1


def _count(options: argparse.Namespace) -> int:
    kinds = options.kind or list(BY_NAME)
    calls = faults = 0
    by_kind: Counter[str] = Counter()
    print("  calls  faults  journey")
    with worker_pool(options.workers) as workers:
        for verdict in sorted(workers.perform(map(Case, options.journey or BY_SLUG)), key=_journey):
            cases = list(single_fault_cases(verdict, kinds))
            print(f"  {len(verdict.made):5}  {len(cases):6}  {verdict.case.journey}")
            calls, faults = calls + len(verdict.made), faults + len(cases)
            by_kind.update(injection.kind for case in cases for injection in case.injections)
    print("", "  faults  kind", *(f"  {by_kind[kind]:6}  {kind}" for kind in kinds), sep="\n")
    print(f"\n  {calls} calls, {faults} single faults; none was injected")
    return 0


def _journey(verdict: Verdict) -> str:
    return verdict.case.journey


def _print_failure(verdict: Verdict) -> None:
    if verdict.is_good:
        return
    print(f"FAILED make faults CASE={verdict.case}")
    for violation in verdict.violations:
        print(f"  {violation}")
    for injection in verdict.unfired:
        print(f"  {injection} did not fire")
    sys.stdout.flush()


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=".venv/bin/python -m tests.simulation.faults", description=__doc__)
    parser.add_argument("--case", type=Case.parse, help="replay one case, and print its calls")
    parser.add_argument("--count", action="store_true", help="only count the calls and the single faults")
    parser.add_argument("--journey", action="append", choices=BY_SLUG, help="only this one (repeatable)")
    parser.add_argument("--kind", action="append", choices=BY_NAME, help="only this one (repeatable)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000), help="draws the pairs")
    parser.add_argument("--pairs", type=int, help="number of pairs (default: as many as there is time for)")
    parser.add_argument("--minutes", type=float, default=10.0, help="when to stop adding pairs")
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
