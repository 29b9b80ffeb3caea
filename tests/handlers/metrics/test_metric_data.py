"""Reads metrics from CloudWatch, as its responses are ("GetMetricData", Amazon CloudWatch API Reference)."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ordering.aws.metric_data import MeasuredLine, MeasuredLines, MetricData
from ordering.domain.metric_graphs import LineDefinition
from tests.support.aws_calls import AwsCalls
from tests.support.logs import Logs

END = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
STEP = timedelta(minutes=10)
SEARCH = "SEARCH('{Orders/dev,currency,service} MetricName=\"MoneyCaptured\"', 'Sum', {step})"
LABEL = "${PROP('Dim.currency')}"
DEFINITIONS = [
    LineDefinition("moneyCaptured", LABEL, 3600, expression=SEARCH),
    LineDefinition(
        "ordersPlaced",
        "placed",
        300,
        namespace="Orders/dev",
        metric="OrdersPlaced",
        statistic="Sum",
        dimensions={"service": "orders"},
    ),
    LineDefinition(
        "timeToEnd", "p50", 300, namespace="Orders/dev", metric="TimeToEnd", statistic="p50", dimensions={}
    ),
]
_RECORDED = Path(__file__).parents[2] / "events" / "cloudwatch_metric_data.json"

pytestmark = pytest.mark.usefixtures("aws_in_memory")


def recorded() -> Any:
    """A first page of a response, with its times as botocore reads them."""
    page = json.loads(_RECORDED.read_text())
    for result in page["MetricDataResults"]:
        result["Timestamps"] = [datetime.fromisoformat(moment) for moment in result["Timestamps"]]
    return page


def rest(**status: str) -> Any:
    """The last page: the rest of the second definition."""
    result = {"Id": "m1", "Label": "placed", "Timestamps": [END - STEP], "Values": [4.0]}
    return {"MetricDataResults": [{"StatusCode": "Complete"} | result | status], "Messages": []}


def _respond(page: Any, parameters: Any, send: Any) -> Any:
    return page


def read(calls: AwsCalls, *pages: Any) -> list[MeasuredLines]:
    """Read three steps, with these pages as CloudWatch's response."""
    for page in pages:
        calls.next("GetMetricData", partial(_respond, page))
    return MetricData().read(DEFINITIONS, start=END - 3 * STEP, end=END, step=STEP)


def test_each_result_of_a_search_is_a_line_named_by_its_label(calls: AwsCalls) -> None:
    money, _, _ = read(calls, recorded(), rest())
    assert money == MeasuredLines(
        [MeasuredLine("EUR", [125000, None, None]), MeasuredLine("JPY", [None, 900, None])], complete=True
    )


def test_values_outside_of_the_period_are_left_out(calls: AwsCalls) -> None:
    money, _, _ = read(calls, recorded(), rest())
    assert 2500 not in money.lines[0].values


def test_a_line_that_comes_on_two_pages_is_complete_with_the_second(calls: AwsCalls) -> None:
    _, placed, _ = read(calls, recorded(), rest())
    assert placed == MeasuredLines([MeasuredLine("placed", [3, None, 4])], complete=True)
    first, second = calls.made("GetMetricData")
    assert "NextToken" not in first
    assert second["NextToken"] == "made-up-token"


def test_a_line_that_stays_partial_is_not_complete(calls: AwsCalls) -> None:
    _, placed, _ = read(calls, recorded(), rest(StatusCode="PartialData"))
    assert placed.complete is False


def test_an_endless_response_is_cut(calls: AwsCalls) -> None:
    assert read(calls, *[recorded() for _ in range(4)])[1].complete is False
    assert len(calls.made("GetMetricData")) == 4


def test_a_metric_that_cannot_be_read_is_logged_and_not_complete(calls: AwsCalls, logs: Logs) -> None:
    _, _, time_to_end = read(calls, recorded(), rest())
    assert time_to_end.complete is False
    assert [line["metric"] for line in logs.lines if line["message"] == "metric not read"] == ["p50"]


def test_a_query_names_the_metric_of_the_dashboard_with_the_step_of_the_period(calls: AwsCalls) -> None:
    read(calls, rest())
    (request,) = calls.made("GetMetricData")
    search, placed, _ = request["MetricDataQueries"]
    assert search["Expression"] == SEARCH.replace("{step}", "600")
    assert search["Label"] == LABEL
    assert placed["MetricStat"] == {
        "Metric": {
            "Namespace": "Orders/dev",
            "MetricName": "OrdersPlaced",
            "Dimensions": [{"Name": "service", "Value": "orders"}],
        },
        "Period": 600,
        "Stat": "Sum",
    }
    assert (request["StartTime"], request["EndTime"]) == (END - 3 * STEP, END)
