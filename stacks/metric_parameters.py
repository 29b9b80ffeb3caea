"""Parameters with the graphs of the dashboards that the console shows too.

Which graphs these are is said where the dashboards define them (`in_console`). They are longer than the
variables of a function may be (4 KB), and the function is in a stack that is deployed before what they show.
So the function reads them by their path, whenever it reads the metrics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
from aws_cdk import Token
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ssm as ssm

from ordering.domain.metric_graphs import GRAPHS, STEP, GraphDefinition, LineDefinition, MetricsDashboard
from stacks.settings import Settings
from stacks.stack import OrderStack
from stacks.widgets import Graph, Row

# A parameter has 4,096 characters at most ("Managing parameter tiers", AWS Systems Manager).
_MOST_CHARACTERS = 4_000
# Of a value that is known only when the stack is deployed. The longest is the ARN of the state machine, whose
# name has at most 80 characters.
_LONGEST_VALUE = 150


class _Shown(NamedTuple):
    graph: GraphDefinition
    lines: Sequence[LineDefinition]


def path_of_metrics(settings: Settings) -> str:
    """Returns what the names of the parameters begin with."""
    return f"/orders/{settings.stage}/metrics"


def add_metric_parameters(stack: OrderStack, rows: Mapping[MetricsDashboard, Sequence[Row]]) -> None:
    """Add the parameters with the graphs of these rows, and with their lines."""
    shown = list(_shown(rows))
    _add(stack, GRAPHS, msgspec.json.encode([each.graph for each in shown]).decode())
    for number, part in enumerate(_parts([line for each in shown for line in each.lines]), 1):
        _add(stack, str(number), stack.to_json_string(msgspec.to_builtins(part)))


def _add(stack: OrderStack, name: str, value: str) -> None:
    ssm.StringParameter(
        stack,
        f"Metrics{name.capitalize()}",
        parameter_name=f"{path_of_metrics(stack.settings)}/{name}",
        string_value=value,
        description="Graphs of the dashboards that the console shows too",
    )


def _shown(rows: Mapping[MetricsDashboard, Sequence[Row]]) -> Iterator[_Shown]:
    """Yields the graphs that the console shows."""
    for dashboard, all_rows in rows.items():
        for widget in (widget for row in all_rows for widget in row.widgets):
            if isinstance(widget, Graph) and (shown := widget.in_console):
                lines = [_line(shown.name, metric) for metric in widget.lines]
                yield _Shown(
                    GraphDefinition(
                        name=shown.name,
                        title=widget.title,
                        dashboard=dashboard,
                        unit=shown.unit,
                        stacked=widget.stacked,
                        summed=all(each.expression or each.statistic == "Sum" for each in lines),
                    ),
                    lines,
                )


def _line(graph: str, metric: cloudwatch.IMetric) -> LineDefinition:
    """Returns what the function needs to know of a line. Raises ValueError for an expression but a search."""
    if isinstance(metric, cloudwatch.Metric):
        return LineDefinition(
            graph,
            metric.label or metric.metric_name,
            int(metric.period.to_seconds()),
            namespace=metric.namespace,
            metric=metric.metric_name,
            statistic=metric.statistic,
            dimensions={name: str(value) for name, value in (metric.dimensions or {}).items()},
        )
    if isinstance(metric, cloudwatch.MathExpression):
        seconds = int(metric.period.to_seconds())
        text = metric.expression.removesuffix(f"{seconds})")
        if text.startswith("SEARCH(") and text != metric.expression:
            return LineDefinition(graph, metric.label or "", seconds, expression=f"{text}{STEP})")
    raise ValueError(f"{graph}: the console shows only metrics and searches, and no other expressions")


def _parts(lines: Sequence[LineDefinition]) -> list[list[LineDefinition]]:
    """Returns the lines in parts, each of which a parameter can contain."""
    parts: list[list[LineDefinition]] = [[]]
    for line in lines:
        if sum(map(_longest, [*parts[-1], line])) > _MOST_CHARACTERS:
            parts.append([])
        parts[-1].append(line)
    return parts


def _longest(line: LineDefinition) -> int:
    """Returns how many characters a line takes at most, whatever the placeholders of CDK look like."""
    longest = {
        name: "x" * _LONGEST_VALUE if Token.is_unresolved(value) else value
        for name, value in line.dimensions.items()
    }
    return len(msgspec.json.encode(msgspec.structs.replace(line, dimensions=longest))) + len(",")
