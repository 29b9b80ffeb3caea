"""Prints the tables of `docs/outages.md`: `make outages`.

make outages                        10,000 orders; every kind and length of outage, and overload
make outages ORDERS=1000 SEED=7     fewer orders, and another seed
"""

from tests.support.environment import set_environment

# Before anything of the product is imported: see `tests.support.environment`.
set_environment()

import argparse  # noqa: E402
import sys  # noqa: E402
from dataclasses import replace  # noqa: E402
from time import process_time  # noqa: E402

from tests.simulation.outages import outages, overload  # noqa: E402
from tests.simulation.outages.host import Costs  # noqa: E402
from tests.simulation.outages.rules import BEFORE  # noqa: E402


def main(arguments: list[str]) -> int:
    """Returns 0 if every order has ended after every outage and the overload ended in time, 1 otherwise."""
    parser = argparse.ArgumentParser(
        prog=".venv/bin/python -m tests.simulation.outages", description="Outages and overload."
    )
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    started = process_time()
    good = _outages(options.orders, options.seed)
    good &= _overload(options.seed)
    print(f"\nseed {options.seed}, {process_time() - started:.0f} seconds of one core")
    return 0 if good else 1


def _outages(orders: int, seed: int) -> bool:
    print(f"{orders:,} orders, placed evenly from ten minutes before the outage to ten minutes after it\n")
    print("                                                last one       executions        nudges     dead")
    print(
        "what is unavailable                 for       ended after   in all  of one    an order  letters"
        "  alarms"
    )
    good = True
    for outage in outages.OUTAGES:
        for name, length in outages.LENGTHS.items():
            result = outages.simulate(outage, length, orders=orders, seed=seed)
            good &= result.open == 0 and result.last_end <= outages.HOUR and result.most_dead_letters <= 1
            print(_line(outage.name, name, result), flush=True)
    result = outages.simulate(outages.PROVIDER, 6 * outages.HOUR, orders=orders, seed=seed, rules=BEFORE)
    print(_line("the payment provider, earlier rules", "6 h", result))
    seconds, longest = outages.lose_the_queue(orders=orders, seed=seed)
    print(
        f"\na queue with {orders:,} messages is lost: the last order ended {seconds / 60:.1f} min after the"
        f" bound,\n  at most {longest:,} messages waited"
    )
    return good


def _line(what: str, how_long: str, result: outages.Result) -> str:
    ended = f"{result.last_end / 60:7.1f} min" if not result.open else f"{result.open:,} open"
    return (
        f"{what:<35} {how_long:<8} {ended:>12}  {result.executions:>8,} {result.most_executions:>6}  "
        f"{result.nudges / result.orders:>8.2f} {result.dead_letters:>9,} {result.alarms:>7}"
    )


def _overload(seed: int) -> bool:
    costs = Costs(cold=1.5)
    print(f"\nA host of {costs.cores:.0f} cores: {costs.orders_a_second * 60:.0f} orders a minute when warm.")
    print(
        "Load: half of that for 5 minutes, three times that for 10, then half again. Orders ended a minute:\n"
    )
    good = True
    print(
        f"{'':<34}{'before':>7} {'during':>7}   after 1, 2, 3, 5, 10, 30 minutes        steps timed out after"
    )
    for name, rules, busy_processes in (
        ("with all rules", overload.SMALL, 0),
        ("beside four busy processes", overload.SMALL, 4),
        ("without adaptive concurrency", replace(overload.SMALL, adaptive=False), 0),
        ("with the earlier rules", overload.SMALL_BEFORE, 0),
    ):
        found = overload.simulate(
            rules, costs, seed=seed, busy_processes=busy_processes, after=35 * outages.MINUTE
        )
        if rules is overload.SMALL:
            good &= found.is_back_after(2)
        after = "  ".join(f"{found.ended_in(found.ends + minute):>4}" for minute in (1, 2, 3, 5, 10, 30))
        late = sum(minute.timed_out for minute in found.minutes[found.ends + 2 :])
        before = found.ended_in(found.begins - 1)
        during = sum(m.ended for m in found.minutes[found.begins : found.ends]) / (found.ends - found.begins)
        print(f"{name:<34}{before:>7} {during:>7.0f}   {after} {late:>19}")
    return good


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
