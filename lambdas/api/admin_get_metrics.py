"""GET /admin/metrics: graphs of the stage's dashboards."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from ordering.aws.logging import logger
from ordering.aws.metric_data import MeasuredLine, MeasuredLines, MetricData
from ordering.aws.parameters import read_parameters_below
from ordering.domain import clock
from ordering.domain.metric_graphs import GRAPHS, GraphDefinition, LineDefinition, MetricPeriod
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.metrics import MetricGraph, MetricLine, Metrics

# CloudWatch bills each metric of each read, and its metrics are a minute old anyway.
_KEPT_MILLISECONDS = 60_000

data = MetricData()
kept: dict[MetricPeriod, tuple[int, Metrics]] = {}
"""The last response for each period, with the time when it was read, for all callers of this process."""


@route
def handler(request: Request) -> Response:
    """Returns 200 with graphs of the dashboards of the stage, for the last `period`.

    The figures are CloudWatch's. A response is kept for a minute: a request within this time may get the same
    one. The latest step that has not ended is left out.
    """
    period = request.enum_parameter("period", MetricPeriod) or MetricPeriod.TWELVE_HOURS
    now = clock.milliseconds()
    read_at, metrics = kept.get(period, (0, None))
    if metrics is None or now - read_at >= _KEPT_MILLISECONDS:
        metrics = _read(period, datetime.fromtimestamp(now / 1000, UTC))
        kept[period] = now, metrics
    return Response(200, metrics)


def _read(period: MetricPeriod, at: datetime) -> Metrics:
    end = period.end(at)
    start = end - period.span
    graphs, lines_of_graphs = definitions()
    try:
        read = data.read(lines_of_graphs, start=start, end=end, step=period.step)
    except (ClientError, BotoCoreError):
        logger.exception("metrics not read")
        raise Problem(ProblemType.UNAVAILABLE, "CloudWatch does not respond.") from None
    found: dict[str, list[MeasuredLines]] = {}
    for definition, lines in zip(lines_of_graphs, read, strict=True):
        found.setdefault(definition.graph, []).append(lines)
    return Metrics(
        start=clock.as_text(start),
        end=clock.as_text(end),
        step_seconds=int(period.step.total_seconds()),
        graphs=[_view(graph, found.get(graph.name, [])) for graph in graphs],
    )


def _view(graph: GraphDefinition, read: Sequence[MeasuredLines]) -> MetricGraph:
    return MetricGraph(
        name=graph.name,
        title=graph.title,
        dashboard=graph.dashboard,
        unit=graph.unit,
        stacked=graph.stacked,
        summed=graph.summed,
        complete=all(each.complete for each in read),
        lines=[_line(line) for each in read for line in each.lines],
    )


def _line(line: MeasuredLine) -> MetricLine:
    known = [(step, value) for step, value in enumerate(line.values) if value is not None]
    return MetricLine(
        label=line.label, steps=[step for step, _ in known], values=[value for _, value in known]
    )


def definitions() -> tuple[list[GraphDefinition], list[LineDefinition]]:
    """Returns the graphs, and their lines, as the stack of the dashboards has written them.

    They are empty if that stack is not deployed yet.
    """
    values = dict(read_parameters_below(os.environ["METRIC_PARAMETERS"]))
    graphs = msgspec.json.decode(values.pop(GRAPHS, "[]"), type=list[GraphDefinition])
    parts = [msgspec.json.decode(values[name], type=list[LineDefinition]) for name in sorted(values, key=int)]
    return graphs, [line for part in parts for line in part]
