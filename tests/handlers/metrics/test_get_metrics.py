"""GET /admin/metrics: graphs of the dashboards, as CloudWatch has their figures."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ordering.domain import clock
from ordering.domain.metric_graphs import MetricPeriod
from tests.support.aws_calls import AwsCalls, client_error
from tests.support.deployed_metrics import DeployedMetrics
from tests.support.world import HandlerResponse, World

NOW = datetime(2026, 11, 21, 12, 34, 56, tzinfo=UTC)


@pytest.fixture
def metrics(world: World, monkeypatch: pytest.MonkeyPatch) -> DeployedMetrics:
    """A stage whose metrics are empty, at a fixed time."""
    _set_clock(monkeypatch, NOW)
    return DeployedMetrics()


def _set_clock(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "milliseconds", lambda: round(moment.timestamp() * 1000))


def read(world: World, **query: str) -> HandlerResponse:
    """Request the graphs."""
    return world.api("admin_get_metrics", "GET /admin/metrics", query=query)


def graph(world: World, name: str, **query: str) -> Any:
    """Returns one graph."""
    response = read(world, **query)
    assert response.status == 200, response
    (found,) = (each for each in response.body["graphs"] if each["name"] == name)
    return found


def test_a_value_is_at_the_step_in_which_it_was_measured(world: World, metrics: DeployedMetrics) -> None:
    (placed,) = metrics.lines("ordersPlaced")
    metrics.put(placed, (NOW - timedelta(minutes=10), 3), (NOW - timedelta(minutes=11), 4))
    body = read(world, period="3h").body
    assert (body["start"], body["end"]) == ("2026-11-21T09:30:00.000Z", "2026-11-21T12:30:00.000Z")
    assert body["stepSeconds"] == 300
    (line,) = graph(world, "ordersPlaced", period="3h")["lines"]
    assert line == {"label": "placed", "steps": [34], "values": [7]}


def test_a_step_that_has_not_ended_is_left_out(world: World, metrics: DeployedMetrics) -> None:
    (placed,) = metrics.lines("ordersPlaced")
    metrics.put(placed, (NOW, 3))
    (line,) = graph(world, "ordersPlaced", period="3h")["lines"]
    assert line["values"] == []


@pytest.mark.parametrize("period", list(MetricPeriod))
def test_every_period_has_few_steps_of_whole_minutes(period: MetricPeriod) -> None:
    """GetMetricData: a period is a multiple of 60 seconds; an early start time needs a longer one."""
    assert period.span % period.step == timedelta()
    assert period.step.total_seconds() % 60 == 0
    assert 36 <= period.span / period.step <= 72
    assert timedelta() <= NOW - period.end(NOW) < period.step


def test_the_default_is_that_of_the_dashboards(world: World, metrics: DeployedMetrics) -> None:
    body = read(world).body
    assert (body["start"], body["stepSeconds"]) == ("2026-11-21T00:30:00.000Z", 600)


def test_all_graphs_are_read_with_one_request(
    world: World, metrics: DeployedMetrics, calls: AwsCalls
) -> None:
    body = read(world).body
    assert [each["name"] for each in body["graphs"]] == [each["name"] for each in metrics.graphs]
    assert len(calls.made("GetMetricData")) == 1
    assert len([line for each in body["graphs"] for line in each["lines"]]) > 50


def test_a_response_is_kept_for_a_minute(
    world: World, metrics: DeployedMetrics, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seconds, reads in ((0, 1), (59, 1), (60, 2)):
        _set_clock(monkeypatch, NOW + timedelta(seconds=seconds))
        assert read(world, period="1d").status == 200
        assert len(calls.made("GetMetricData")) == reads
    read(world, period="7d")
    assert len(calls.made("GetMetricData")) == 3


def test_open_orders_are_not_counted_once_for_each_minute_of_a_step(
    world: World, metrics: DeployedMetrics, calls: AwsCalls
) -> None:
    """The sweep measures the age of each open order every minute, and TC counts the values in a range."""
    (up_to_an_hour, *_) = metrics.lines("openOrders")
    assert up_to_an_hour.statistic == "TC(:3600)"
    assert up_to_an_hour.value(30, timedelta(minutes=10)) == 3
    assert up_to_an_hour.value(1, timedelta(minutes=10)) == 0.1


def test_an_unknown_period_is_refused_with_the_known_ones(
    world: World, metrics: DeployedMetrics, calls: AwsCalls
) -> None:
    response = read(world, period="1y")
    assert response.status == 400
    assert response.body["errors"] == [{"field": "period", "message": "must be one of 3h, 12h, 1d, 7d"}]
    assert calls.count == 0


def test_cloudwatch_that_does_not_respond_is_unavailable_and_is_asked_again(
    world: World, metrics: DeployedMetrics, calls: AwsCalls
) -> None:
    def throttle(parameters: Any, send: Any) -> Any:
        raise client_error("Throttling", "GetMetricData")

    calls.next("GetMetricData", throttle)
    response = read(world)
    assert (response.status, response.headers["retry-after"]) == (503, "5")
    assert read(world).status == 200


def test_a_line_without_a_result_makes_its_graph_incomplete(
    world: World, metrics: DeployedMetrics, calls: AwsCalls
) -> None:
    calls.next("GetMetricData", lambda parameters, send: {"MetricDataResults": []})
    assert graph(world, "ordersPlaced")["complete"] is False
