"""Prints the table of `docs/scale.md`: how many orders a second end in a sale of few products.

.venv/bin/python -m tests.simulation.contention                  2,000 orders
.venv/bin/python -m tests.simulation.contention --orders 500     fewer orders, and less exact figures
"""

from tests.support.environment import set_environment

# This must run before any code of the app is imported: see `tests.support.environment`.
set_environment()

import argparse  # noqa: E402
import sys  # noqa: E402
from contextlib import nullcontext  # noqa: E402

from ordering.guards import Guard, without  # noqa: E402
from tests.simulation.contention.sale import Sale, simulate  # noqa: E402
from tests.support import invariants  # noqa: E402

PRODUCTS = (1, 8)


def main(arguments: list[str]) -> int:
    """Returns 1 if a guarantee was violated, or if an execution failed with retries of conflicts; else 0."""
    parser = argparse.ArgumentParser(
        prog=".venv/bin/python -m tests.simulation.contention", description="A sale of few products."
    )
    parser.add_argument("--orders", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    print(
        "| products | a conflict is retried | orders a second | transactions that conflict "
        "| failed executions | longest step |"
    )
    print("|--:|---|--:|--:|--:|--:|", flush=True)
    good = True
    for products in (*PRODUCTS, options.orders):
        for retried in (False, True):
            good &= _line(Sale(orders=options.orders, products=products, seed=options.seed), retried)
    return 0 if good else 1


def _line(sale: Sale, retried: bool) -> bool:
    with nullcontext() if retried else without({Guard.CONFLICT_RETRIED: None}):
        result = simulate(sale)
    print(
        f"| {sale.products:,} | {'by the step, at once' if retried else 'by the state machine only'} "
        f"| {result.orders_a_second:.0f} | {result.conflicts_percent:.0f} % "
        f"| {result.failed_executions:,} | {result.longest_step:.1f} s |",
        flush=True,
    )
    return not invariants.violations(result.tables) and not (retried and result.failed_executions)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
