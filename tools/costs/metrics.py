"""Calculates what an open page of metrics in the console costs: CloudWatch bills each metric of each read.

.venv/bin/python -m tools.costs.metrics
"""

from typing import Final

from ordering.domain.metric_graphs import MetricPeriod
from tools.costs.prices import prices, usd

METRICS: Final = 90
"""The metrics of one read, at most: those of a stage with every setting, and some currencies."""
HOUR_SECONDS: Final = 3_600


def of_hour(period: MetricPeriod) -> float:
    """Returns what a page that is open for an hour costs, in dollars: it reads each new value once."""
    return HOUR_SECONDS / period.step.total_seconds() * METRICS * usd("metric_read")


def table() -> str:
    """Returns the costs as a table of Markdown."""
    rows = (
        f"| {period.value} | {period.step.total_seconds() / 60:.0f} minutes | {of_hour(period):.4f} |"
        for period in MetricPeriod
    )
    return "\n".join(["| period | one read every | USD an hour |", "|---|---|--:|", *rows])


if __name__ == "__main__":
    print(table())
    print(f"\nPrices of {prices().date}, {METRICS} metrics of each read, without any free tier.")
