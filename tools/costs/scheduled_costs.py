"""What a schedule costs: the runs of its function, and the metrics that they write."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tools.costs.prices import MINUTES_A_MONTH, Cost, usd
from tools.costs.templates import Resource

_LAMBDAS = Path(__file__).resolve().parents[2] / "lambdas"
_CANARY = "place_canary_order"

# One run of a scheduled function without work, with 512 MB; the figures are of a warm run,
# rounded up. What use costs is in `tools/costs/prices.json`, with its sources.
_RUN_SECONDS = 0.15
_RUN = {
    "its calls by the schedule": usd("scheduled_call"),
    "its requests": usd("invocation"),
    "its time": _RUN_SECONDS * 0.5 * usd("lambda_gigabyte_second"),
    # A query of each of four shards of what is open (twice), parked, unsettled and to be removed, which finds
    # nothing: half a unit each, eventually consistent; and one of the circuits.
    "its reads": (20 * 0.5 + 1) * usd("read_unit"),
    "its looks at the queue": 2 * usd("queue_request"),
    # The platform's lines, its own and its metrics.
    "its log of two kilobytes": 2_000 / 1e9 * usd("log_gigabyte"),
    # X-Ray samples the first request in each second, which is every one of these.
    "its trace": usd("trace"),
}
# One canary order. The function runs for the two seconds in which it waits for the order's end.
_CANARY_ORDER = {
    "its call by the schedule": usd("scheduled_call"),
    # The canary, POST, two reads of the order, publish_changes twice, drive_order, seven steps.
    "its functions' requests": 14 * usd("invocation"),
    "their time": (2.0 + 14 * _RUN_SECONDS + 1.0) * 0.5 * usd("lambda_gigabyte_second"),
    "its requests to the API": 3 * usd("api_request"),
    # Three transactional writes of a kilobyte or two of up to three items, each with its index entries.
    "its writes": 40 * usd("write_unit"),
    "its reads": 40 * usd("read_unit"),
    "its execution of a second, of 64 MB": usd("execution") + usd("execution_gigabyte_second") / 16,
    "its events": 3 * usd("event"),
    "its messages": 4 * usd("queue_request"),
    "its logs of thirty kilobytes": 30_000 / 1e9 * usd("log_gigabyte"),
    "its traces": 5 * usd("trace"),
}
# A token is kept for an hour. Half of the runs meet a new process at worst (Amazon Cognito Pricing).
_CANARY_TOKENS_A_MONTH = 30 * 24 * 1.5
_TOKEN = {"a token, 2.25 for 1,000": 2.25 / 1e3, "its secret, 0.05 for 10,000": 0.05 / 1e4}


def schedule_costs(resource: Resource) -> Iterator[Cost]:
    """Yields what the runs of a schedule cost in a month, and the metrics that they write."""
    runs = MINUTES_A_MONTH / minutes_between(resource["Properties"]["ScheduleExpression"])
    module = _scheduled_module(resource)
    if module == _CANARY:
        yield Cost(runs * sum(_CANARY_ORDER.values()), "canary orders: functions, table, execution, logs")
        yield Cost(_CANARY_TOKENS_A_MONTH * sum(_TOKEN.values()), "the canary's tokens, one an hour or more")
    else:
        yield Cost(runs * sum(_RUN.values()), "a schedule's runs: calls, time, reads, log and trace")
    # A custom metric that has points in every hour costs its whole price (Amazon CloudWatch Pricing).
    yield Cost(0.30 * len(scheduled_metrics(module)), "the metrics that the scheduled function writes")


def _scheduled_module(resource: Resource) -> str:
    """Returns the module of the function that a schedule calls. Raises LookupError if there is none."""
    target = json.dumps(resource["Properties"]["Target"]["Arn"])
    for path in sorted((_LAMBDAS / "scheduled").glob("[!_]*.py")):
        # The target's logical id begins with the construct id of the function.
        if f'"{path.stem.title().replace("_", "")}' in target:
            return path.stem
    raise LookupError(f"{target} is no function of lambdas/scheduled")


def minutes_between(expression: str) -> float:
    """Returns the minutes between two runs of a schedule.

    Raises ValueError unless it is a rate, or a cron expression for every few minutes or once a day.
    """
    if every := re.fullmatch(r"cron\(\d+/(\d+) \* \* \* \? \*\)", expression):
        return int(every[1])
    if re.fullmatch(r"cron\(\d+ \d+ \* \* \? \*\)", expression):
        return 24 * 60
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if rate is None:
        raise ValueError(
            f"how often is {expression}? Only a rate, every few minutes and daily are known here"
        )
    return int(rate[1]) * {"minute": 1, "hour": 60, "day": 24 * 60}[rate[2]]


@cache
def scheduled_metrics(module: str) -> frozenset[str]:
    """Returns the metrics that a function in lambdas/scheduled writes in every run, from its source.

    A metric that is written in a loop is left out: it is written for each waiting order, and none waits while
    the stage is idle.
    """
    return frozenset(
        str(call.args[0].value)
        for call in _outside_loops(ast.parse((_LAMBDAS / "scheduled" / f"{module}.py").read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "add_metric"
        and isinstance(call.args[0], ast.Constant)
    )


def _outside_loops(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.For | ast.While):
            yield child
            yield from _outside_loops(child)
