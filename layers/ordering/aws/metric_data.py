"""Reads the metrics of graphs from CloudWatch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from ordering.aws.clients import client
from ordering.aws.logging import logger
from ordering.domain.metric_graphs import STEP, LineDefinition

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_cloudwatch.type_defs import (
        GetMetricDataInputTypeDef,
        GetMetricDataOutputTypeDef,
        MetricDataQueryTypeDef,
        MetricDataResultTypeDef,
    )

# All values fit on one page (100,800, "GetMetricData", Amazon CloudWatch API Reference), but CloudWatch may
# return a part of them first.
_MOST_PAGES = 4


class MeasuredLine(Struct, frozen=True):
    """A line that was read: `values` has one entry for each step, None if CloudWatch has no value for it."""

    label: str
    values: Sequence[float | None]


class MeasuredLines(Struct, frozen=True):
    """What was read of a definition: one line, or a line for each result of its search.

    `complete` is False if CloudWatch has returned only a part, or nothing because of an error.
    """

    lines: Sequence[MeasuredLine]
    complete: bool


class MetricData:
    """The metrics of CloudWatch."""

    def __init__(self) -> None:
        self._client: CloudWatchClient = client("cloudwatch")

    def read(
        self, definitions: Sequence[LineDefinition], *, start: datetime, end: datetime, step: timedelta
    ) -> list[MeasuredLines]:
        """Returns what was read of each of the definitions, in their order.

        Raises ClientError, or another exception of botocore, if CloudWatch does not respond as it should.
        """
        results: dict[str, list[MetricDataResultTypeDef]] = {}
        queries = [_query(place, each, step) for place, each in enumerate(definitions)]
        for page in self._pages(queries, start, end):
            for result in page["MetricDataResults"]:
                results.setdefault(result["Id"], []).append(result)
        return [
            _lines(each, results.get(_id(place), []), start=start, end=end, step=step)
            for place, each in enumerate(definitions)
        ]

    def _pages(
        self, queries: Sequence[MetricDataQueryTypeDef], start: datetime, end: datetime
    ) -> Iterator[GetMetricDataOutputTypeDef]:
        wanted: GetMetricDataInputTypeDef = {"MetricDataQueries": queries, "StartTime": start, "EndTime": end}
        for _ in range(_MOST_PAGES):
            page = self._client.get_metric_data(**wanted)
            yield page
            if not (token := page.get("NextToken")):
                return
            wanted = {**wanted, "NextToken": token}


def _id(place: int) -> str:
    return f"m{place}"


def _query(place: int, line: LineDefinition, step: timedelta) -> MetricDataQueryTypeDef:
    seconds = int(step.total_seconds())
    if line.expression:
        expression = line.expression.replace(STEP, str(seconds))
        return {"Id": _id(place), "Label": line.label, "Expression": expression, "Period": seconds}
    return {
        "Id": _id(place),
        "Label": line.label,
        "MetricStat": {
            "Metric": {
                "Namespace": line.namespace,
                "MetricName": line.metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in line.dimensions.items()],
            },
            "Period": seconds,
            "Stat": line.statistic,
        },
    }


def _lines(
    definition: LineDefinition,
    results: Sequence[MetricDataResultTypeDef],
    *,
    start: datetime,
    end: datetime,
    step: timedelta,
) -> MeasuredLines:
    values: dict[str, list[float | None]] = {}
    # The last status counts: a page with PartialData is followed by one with the rest of the line.
    states: dict[str, str] = {}
    for result in results:
        label = result["Label"]
        states[label] = result["StatusCode"]
        if messages := result.get("Messages"):
            logger.warning("metric not read", extra={"metric": definition.label, "messages": messages})
        line = values.setdefault(label, [None] * ((end - start) // step))
        for moment, value in zip(result["Timestamps"], result["Values"], strict=True):
            place = (moment - start) // step
            if 0 <= place < len(line):
                line[place] = definition.value(value, step)
    found: Mapping[str, list[float | None]] = {
        label: line for label, line in values.items() if not definition.expression or any(line)
    }
    return MeasuredLines(
        lines=[MeasuredLine(label, line) for label, line in found.items()],
        complete=bool(states or definition.expression) and set(states.values()) <= {"Complete"},
    )
