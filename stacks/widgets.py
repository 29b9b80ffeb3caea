"""The parts of a dashboard: rows of graphs that share the width of the page."""

from collections.abc import Sequence
from typing import NamedTuple

from aws_cdk import aws_cloudwatch as cloudwatch

from ordering.domain.metric_graphs import MetricUnit

WIDTH = 24
"""The width of a dashboard in CloudWatch's units."""


class Row(NamedTuple):
    """A row of a dashboard: its title, a sentence that explains its figures, and its widgets."""

    title: str
    text: str
    widgets: Sequence[cloudwatch.IWidget]


class InConsole(NamedTuple):
    """That the console shows a graph too: by which name, and what its values are."""

    name: str
    unit: MetricUnit


class Graph(cloudwatch.GraphWidget):
    """A graph, which remembers what it consists of. `in_console` is None if only the dashboard shows it."""

    title: str
    lines: Sequence[cloudwatch.IMetric]
    stacked: bool
    in_console: InConsole | None = None


def graph(
    title: str,
    metrics: Sequence[cloudwatch.IMetric],
    *,
    width: int,
    unit: str = "",
    stacked: bool = False,
    limits: Sequence[tuple[float, str]] = (),
    right: Sequence[cloudwatch.IMetric] = (),
    in_console: InConsole | None = None,
) -> Graph:
    """Returns a graph from zero upward, with a line for each metric and for each limit (value, label).

    With `in_console`, the console shows the metrics of the left axis too.
    """
    made = Graph(
        title=title,
        left=list(metrics),
        right=list(right),
        width=width,
        stacked=stacked,
        left_y_axis=cloudwatch.YAxisProps(min=0, label=unit, show_units=not unit),
        left_annotations=[
            cloudwatch.HorizontalAnnotation(value=value, label=label, color=cloudwatch.Color.RED)
            for value, label in limits
        ],
    )
    made.title, made.lines, made.stacked, made.in_console = title, tuple(metrics), stacked, in_console
    return made
