"""Calculates what an idle stage costs, from its synthesised templates.

    make synth STAGE=prod && .venv/bin/python -m tools.costs.idle_costs prod

Prices are US dollars a month, from AWS's public price lists for eu-west-1 in November 2026, without any
free tier. What is billed by use (requests, executions, storage, tokens) costs nothing while idle and is
not listed; what runs on a schedule is used all the time and is listed. An unknown type of resource raises
an error, so that no cost is added unnoticed.
"""

import sys
from collections.abc import Iterable

from tools.costs import idle_prices
from tools.costs.idle_prices import FREE_WHILE_IDLE, PRICES
from tools.costs.templates import Resource, resources_of


class UnknownType(LookupError):
    """A template has a resource type whose idle cost is not known."""


def idle_costs(resources: Iterable[Resource]) -> dict[str, tuple[int, float]]:
    """Returns how many of each thing are billed while idle, and their cost. Raises UnknownType."""
    costs: dict[str, tuple[int, float]] = {}
    for resource in resources:
        kind = resource["Type"]
        if kind in FREE_WHILE_IDLE:
            continue
        if kind not in PRICES:
            raise UnknownType(f"{kind}: look its price up, and add it to {idle_prices.__name__}")
        for dollars, reason in PRICES[kind](resource):
            count, sum_so_far = costs.get(reason, (0, 0.0))
            costs[reason] = (count + 1, sum_so_far + dollars)
    return costs


def bill(stage: str, resources: Iterable[Resource]) -> str:
    """Returns the bill of an idle month: a line for each item that is billed, and the sum."""
    costs = idle_costs(resources)
    lines = [
        f"{dollars:7.2f}  {count:2} x {reason}"
        for reason, (count, dollars) in sorted(costs.items(), key=lambda cost: (-cost[1][1], cost[0]))
    ]
    total = sum(dollars for _, dollars in costs.values())
    return "\n".join([*lines, f"{total:7.2f}  a month for an idle stage {stage}"])


def main(stage: str) -> None:
    """Print the bill of an idle month."""
    print(bill(stage, resources_of(stage)))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "dev")
