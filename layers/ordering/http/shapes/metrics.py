"""Metrics: graphs of the dashboards."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from ordering.domain.metric_graphs import MetricsDashboard, MetricUnit
from ordering.http.shapes.base import Time, View


class MetricLine(View, frozen=True):
    """A line of a graph."""

    label: Annotated[
        str,
        Meta(
            description="As in the dashboard; of money, the currency.",
            examples=["placed"],
        ),
    ]
    steps: Annotated[
        Sequence[Annotated[int, Meta(ge=0, examples=[3])]],
        Meta(description="The steps that have data, counted from 0."),
    ]
    values: Annotated[
        Sequence[Annotated[float, Meta(examples=[12])]],
        Meta(description="A value for each of these steps."),
    ]


class MetricGraph(View, frozen=True):
    """A graph of a dashboard.

    `lines` is empty for graphs whose lines are found by a search that has found none.
    """

    name: Annotated[str, Meta(description="Identifies the graph.", examples=["ordersPlaced"])]
    title: Annotated[
        str, Meta(description="The title of the graph in the dashboard.", examples=["Orders placed"])
    ]
    dashboard: Annotated[MetricsDashboard, Meta(description="The dashboard that shows the graph too.")]
    unit: Annotated[
        MetricUnit,
        Meta(description="`money`: minor units of the currency that is the line's label."),
    ]
    stacked: Annotated[bool, Meta(description="Whether the lines are parts of a whole.", examples=[False])]
    summed: Annotated[bool, Meta(description="Whether each value is a sum over its step.", examples=[True])]
    complete: Annotated[
        bool, Meta(description="Whether CloudWatch has returned all that was asked for.", examples=[True])
    ]
    lines: Annotated[Sequence[MetricLine], Meta(description="The lines.")]


class Metrics(View, frozen=True):
    """Graphs of one period. Values of the step that has not ended are left out."""

    start: Annotated[Time, Meta(description="The beginning of the first step.")]
    end: Annotated[Time, Meta(description="The end of the last step.")]
    step_seconds: Annotated[
        int, Meta(ge=1, description="The time that one value stands for.", examples=[600])
    ]
    graphs: Annotated[Sequence[MetricGraph], Meta(description="In the order of the dashboards.")]
