"""The parts of a dashboard: rows of graphs that share the width of the page."""

from collections.abc import Sequence
from typing import NamedTuple

from aws_cdk import aws_cloudwatch as cloudwatch

WIDTH = 24
"""The width of a dashboard in CloudWatch's units."""


class Row(NamedTuple):
    """A row of a dashboard: its title, a sentence that explains its figures, and its widgets."""

    title: str
    text: str
    widgets: Sequence[cloudwatch.IWidget]


def graph(
    title: str,
    metrics: Sequence[cloudwatch.IMetric],
    *,
    width: int,
    unit: str = "",
    stacked: bool = False,
    limits: Sequence[tuple[float, str]] = (),
    right: Sequence[cloudwatch.IMetric] = (),
) -> cloudwatch.GraphWidget:
    """Returns a graph from zero upward, with a line for each metric and for each limit (value, label)."""
    return cloudwatch.GraphWidget(
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
