"""Calculates how many orders a second each quota allows, from the counts of an order (`docs/scale.md`).

.venv/bin/python -m tools.costs.scale            print the tables
.venv/bin/python -m tools.costs.scale --write    write them into the page
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ordering.repositories import keys
from stacks.settings import STAGES, Settings
from tools.costs import names
from tools.costs.counts import MACHINE, Journey, Unit, committed
from tools.costs.durations import execution_milliseconds, is_step_of_saga, milliseconds

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "scale.md"
_BEGIN, _END = "<!-- made by tools.costs.scale: begin -->\n", "<!-- made by tools.costs.scale: end -->\n"

RATES = (10, 100, 1_000, 10_000, 100_000)
"""Orders a second."""

# A function's own processing time depends on its memory. Most functions have this much.
_MEGABYTES = 512

# "Understanding DynamoDB warm throughput in different scenarios": a new table on demand, and one partition.
NEW_TABLE_WRITES: Final = 4_000
PARTITION_WRITES: Final = 1_000
# "Quotas in Amazon DynamoDB": of a table on demand, and of each of its indexes.
TABLE_WRITES: Final = 40_000
# "Amazon EventBridge quotas", eu-west-1. In other regions they are 400 to 10,000 and 750 to 18,750.
PUT_EVENTS: Final = 10_000
EVENT_INVOCATIONS: Final = 18_750
# "Amazon API Gateway quotas": of all APIs of an account in a region.
API_REQUESTS: Final = 10_000
# "Lambda quotas": concurrent executions of an account in a region.
CONCURRENCY: Final = 1_000

OPEN_ENTRY_WRITES: Final = 4
"""Write units of an order's entry among the open ones: written (1), moved when confirmed (2), removed (1)."""


class Limit(NamedTuple):
    """A quota, and how to raise it."""

    name: str
    orders: float
    """Up to how many orders a second it is enough."""
    moved_by: str
    source: str
    """The title of AWS's page, or a file of this project for a setting."""

    @property
    def is_setting(self) -> bool:
        """Whether the limit is a setting of this project."""
        return self.source.startswith("`")


def limits(journey: Journey, prod: Settings) -> Iterator[Limit]:
    """Yields the limits of a stage for orders like those of the journey, unsorted."""
    writes = journey.total(Unit.WRITE_UNITS)
    put_events = sum(step.calls["eventbridge.PutEvents"] for step in journey.steps.values()) / journey.orders
    yield Limit(
        f"throttle of `POST /orders`, {prod.route_throttles['POST /orders'].requests_per_second:,} a second",
        prod.route_throttles["POST /orders"].requests_per_second,
        "`route_throttles`",
        "`stacks/settings/stages.py`",
    )
    at_once = prod.max_concurrent_drivers * prod.orders_in_batch
    seconds = execution_milliseconds(journey) / journey.steps[MACHINE].counts[Unit.EXECUTIONS] / 1000
    yield Limit(
        f"{at_once} executions at once, of {seconds:.2f} s each (modelled)",
        at_once / seconds,
        "`max_concurrent_drivers`",
        "`tools/costs/durations.py`",
    )
    yield Limit(
        f"a new table: {NEW_TABLE_WRITES:,} write units a second, {writes:g} for each order",
        NEW_TABLE_WRITES / writes,
        "`warm_throughput`, or traffic (a table takes twice its last peak)",
        "Understanding DynamoDB warm throughput in different scenarios",
    )
    yield Limit(
        f"a table: {TABLE_WRITES:,} write units a second",
        TABLE_WRITES / writes,
        "the quota; for an index too",
        "Quotas in Amazon DynamoDB",
    )
    yield Limit(
        f"{keys.SHARDS} partitions of open orders: {PARTITION_WRITES:,} write units a second each, "
        f"{OPEN_ENTRY_WRITES} for each order",
        keys.SHARDS * PARTITION_WRITES / OPEN_ENTRY_WRITES,
        "`SHARDS` and `READ_SHARDS`, in two releases",
        "Best practices for designing and using partition keys",
    )
    yield Limit(
        f"PutEvents: {PUT_EVENTS:,} requests a second, {put_events:g} for each order",
        PUT_EVENTS / put_events,
        "the quota",
        "Amazon EventBridge quotas",
    )
    targets = 1 + journey.total(Unit.EVENTS)
    yield Limit(
        f"targets of rules: {EVENT_INVOCATIONS:,} a second, {targets:g} for each order",
        EVENT_INVOCATIONS / targets,
        "the quota. Above it, events are delayed and not lost",
        "Amazon EventBridge quotas",
    )
    yield Limit(
        f"requests to the API: {API_REQUESTS:,} a second, without those that read",
        API_REQUESTS / journey.total(Unit.API_REQUESTS),
        "the quota",
        "Amazon API Gateway quotas",
    )
    busy = (
        sum(milliseconds(journey, name, _MEGABYTES) for name in _functions(journey)) / journey.orders / 1000
    )
    yield Limit(
        f"{CONCURRENCY:,} invocations at once, {busy:.2f} s for each order (modelled)",
        CONCURRENCY / busy,
        "the quota. A function gets at most 1,000 more environments in ten seconds (Lambda scaling behavior)",
        "Lambda quotas",
    )


def tables() -> str:
    """Returns the tables of the page, for stage prod and orders of one line that arrive together."""
    found = sorted(
        limits(committed()[names.fulfilled(1, at_once=True)], STAGES["prod"]), key=lambda each: each.orders
    )
    rows = [
        "| limit | enough for orders a second | what moves it | source |",
        "|---|--:|---|---|",
        *(f"| {each.name} | {each.orders:,.0f} | {each.moved_by} | {each.source} |" for each in found),
        "",
        "| orders a second | breaks first | first quota of AWS | must be moved |",
        "|--:|---|---|--:|",
    ]
    for rate in RATES:
        exceeded = [each for each in found if each.orders < rate]
        first = next((each.name for each in exceeded), "nothing")
        quota = next((each.name for each in exceeded if not each.is_setting), "none")
        rows.append(f"| {rate:,} | {first} | {quota} | {len(exceeded)} of {len(found)} |")
    return "\n".join(rows) + "\n"


def current() -> str:
    """Returns the tables that the page has."""
    _, rest = PAGE.read_text(encoding="utf-8").split(_BEGIN)
    return rest.split(_END)[0].strip() + "\n"


def write() -> None:
    """Write the tables into the page."""
    before, rest = PAGE.read_text(encoding="utf-8").split(_BEGIN)
    _, after = rest.split(_END)
    PAGE.write_text(f"{before}{_BEGIN}\n{tables()}\n{_END}{after}", encoding="utf-8")


def _functions(journey: Journey) -> list[str]:
    return [
        name for name, step in journey.steps.items() if step.counts[Unit.INVOCATIONS] or is_step_of_saga(name)
    ]


if __name__ == "__main__":
    write() if "--write" in sys.argv[1:] else print(tables(), end="")
