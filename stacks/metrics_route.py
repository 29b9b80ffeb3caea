"""The route with the graphs of the dashboards that the console shows too.

Which graphs these are is said where the dashboards define them (`in_console`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
from aws_cdk import Duration, Token
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ssm as ssm

from ordering.domain.metric_graphs import STEP, GraphDefinition, LineDefinition, MetricsDashboard
from stacks.access import METRIC_DATA
from stacks.admin import AdminStack
from stacks.api import ApiStack
from stacks.data import DataStack
from stacks.function import OrderFunction
from stacks.grants import allow
from stacks.routes import ACCESS, METRICS_ROUTES, routes_of
from stacks.widgets import Graph, Row

# A parameter has 4,096 characters at most ("Managing parameter tiers", AWS Systems Manager).
_MOST_CHARACTERS = 4_000
# Of a value that is known only when the stack is deployed. The longest is the ARN of the state machine, whose
# name has at most 80 characters.
_LONGEST_VALUE = 150


class _Shown(NamedTuple):
    graph: GraphDefinition
    lines: Sequence[LineDefinition]


def add_metrics_route(
    stack: AdminStack, api: ApiStack, data: DataStack, rows: Mapping[MetricsDashboard, Sequence[Row]]
) -> None:
    """Add the route, its function, and the parameters that tell it what to read."""
    shown = list(_shown(rows))
    names = _parameters(stack, [line for each in shown for line in each.lines])
    for route in routes_of(stack.settings):
        if route.handler in METRICS_ROUTES:
            function = OrderFunction(
                stack,
                f"api/{route.handler}",
                data=data,
                access=ACCESS[route.handler],
                timeout=Duration.seconds(10),
                statements=[
                    allow(list(METRIC_DATA.actions), "*"),
                    allow(
                        ["ssm:GetParameters"],
                        *(
                            stack.format_arn(
                                service="ssm", resource="parameter", resource_name=name.removeprefix("/")
                            )
                            for name in names
                        ),
                    ),
                ],
                environment={
                    "METRIC_PARAMETERS": " ".join(names),
                    "METRIC_GRAPHS": msgspec.json.encode([each.graph for each in shown]).decode(),
                },
            )
            api.add_route(stack, route, function)


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


def _parameters(stack: AdminStack, lines: Sequence[LineDefinition]) -> list[str]:
    """Add parameters with the lines, which are longer than a function's variables may be (4 KB).

    Returns their names, in the order of the lines.
    """
    parts: list[list[LineDefinition]] = [[]]
    for line in lines:
        if sum(map(_longest, [*parts[-1], line])) > _MOST_CHARACTERS:
            parts.append([])
        parts[-1].append(line)
    names = [f"/orders/{stack.settings.stage}/metrics/{number}" for number in range(1, len(parts) + 1)]
    for number, (name, part) in enumerate(zip(names, parts, strict=True), 1):
        ssm.StringParameter(
            stack,
            f"Metrics{number}",
            parameter_name=name,
            string_value=stack.to_json_string(msgspec.to_builtins(part)),
            description="Lines of the graphs of the dashboards that the console shows too",
        )
    return names


def _longest(line: LineDefinition) -> int:
    """Returns how many characters a line takes at most, whatever the placeholders of CDK look like."""
    longest = {
        name: "x" * _LONGEST_VALUE if Token.is_unresolved(value) else value
        for name, value in line.dimensions.items()
    }
    return len(msgspec.json.encode(msgspec.structs.replace(line, dimensions=longest))) + len(",")
