"""Prints the table of `docs/scale.md`: how many orders a second end in a sale of few products.

.venv/bin/python -m tests.simulation.contention                  2,000 orders
.venv/bin/python -m tests.simulation.contention --orders 500     fewer orders, and less exact figures

The fastest sale is of twice as many orders.
"""

from tests.support.environment import set_environment

# This must run before any code of the app is imported: see `tests.support.environment`.
set_environment()

import argparse  # noqa: E402
import sys  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from contextlib import nullcontext  # noqa: E402
from typing import NamedTuple  # noqa: E402

from ordering.guards import Guard, without  # noqa: E402
from tests.simulation.contention.sale import PROD_DRIVERS, Sale, simulate  # noqa: E402
from tests.support import invariants  # noqa: E402

# More than stage prod has: with 200, the executions are the limit, and not the stock.
MANY_DRIVERS = 800


class _Row(NamedTuple):
    """A line of the table, of which only some figures differ."""

    products: int
    shards: int = 1
    drivers: int = PROD_DRIVERS
    retried: bool = True
    must_not_fail: bool = True
    """Whether no execution may fail."""
    times_as_many_orders: int = 1
    """Otherwise a fast sale is over before its rate is steady."""


def _rows(orders: int) -> Iterator[_Row]:
    for products in (1, 8, orders):
        yield _Row(products, retried=False, must_not_fail=False)
        yield _Row(products)
    yield _Row(1, shards=8)
    yield _Row(1, drivers=MANY_DRIVERS, must_not_fail=False)
    yield _Row(1, shards=8, drivers=MANY_DRIVERS, times_as_many_orders=2)


def main(arguments: list[str]) -> int:
    """Returns 1 if a guarantee was violated, or if an execution failed that must not; else 0."""
    parser = argparse.ArgumentParser(
        prog=".venv/bin/python -m tests.simulation.contention", description="A sale of few products."
    )
    parser.add_argument("--orders", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    print(
        "| products | shards of each | executions at once | a conflict is retried | orders a second "
        "| transactions that conflict | failed executions | longest step |"
    )
    print("|--:|--:|--:|---|--:|--:|--:|--:|", flush=True)
    # A list, because each line is printed, also after a bad one.
    good = [_is_good(row, options.orders, options.seed) for row in _rows(options.orders)]
    return 0 if all(good) else 1


def _is_good(row: _Row, orders: int, seed: int) -> bool:
    """Print a line. Returns whether every guarantee holds, and no execution failed that must not."""
    sale = Sale(
        orders=orders * row.times_as_many_orders,
        products=row.products,
        shards=row.shards,
        drivers=row.drivers,
        seed=seed,
    )
    with nullcontext() if row.retried else without({Guard.CONFLICT_RETRIED: None}):
        result = simulate(sale)
    print(
        f"| {row.products:,} | {row.shards} | {row.drivers} "
        f"| {'by the step, at once' if row.retried else 'by the state machine only'} "
        f"| {result.orders_a_second:.0f} | {result.conflicts_percent:.0f} % "
        f"| {result.failed_executions:,} | {result.longest_step:.1f} s |",
        flush=True,
    )
    return not invariants.violations(result.tables) and not (row.must_not_fail and result.failed_executions)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
