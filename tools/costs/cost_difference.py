"""Shows what a change costs: compares the idle costs of two syntheses of a stage.

    make costs-difference STAGE=dev BASE=../main/cdk.out/dev

Both are counted with this tree's prices (`tools/costs/idle_costs.py`).
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from tools.costs.idle_costs import idle_costs
from tools.costs.templates import Resource, resources_in


def cost_difference(before: Iterable[Resource], after: Iterable[Resource]) -> str:
    """Returns a line for each item whose cost differs, and the sums.

    Raises UnknownType if the price of a resource type is not known.
    """
    old, new = idle_costs(before), idle_costs(after)
    nothing = (0, 0.0)
    changes = [(new.get(reason, nothing)[1] - old.get(reason, nothing)[1], reason) for reason in old | new]
    lines = [
        f"{dollars:+7.2f}  {old.get(reason, nothing)[0]} -> {new.get(reason, nothing)[0]} x {reason}"
        for dollars, reason in sorted(changes, key=lambda change: (-abs(change[0]), change[1]))
        if old.get(reason) != new.get(reason)
    ]
    total_before, total_after = (sum(dollars for _, dollars in each.values()) for each in (old, new))
    return "\n".join(
        [
            *lines,
            f"{total_after - total_before:+7.2f}  a month for an idle stage: "
            f"{total_before:.2f} before, {total_after:.2f} after",
        ]
    )


def main(stage: str, base: str) -> None:
    """Print the difference between the synthesis in the folder `base` and that in cdk.out."""
    print(cost_difference(resources_in(Path(base)), resources_in(Path("cdk.out", stage))))


if __name__ == "__main__":
    if len(sys.argv) != 3 or not sys.argv[2]:
        raise SystemExit("usage: make costs-difference STAGE=dev BASE=<cdk.out/dev of another checkout>")
    main(sys.argv[1], sys.argv[2])
