"""The graphs of the dashboards, from the engine's CloudWatch, which records no metrics by itself."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest

from orders_client import BadRequest, MetricPeriod, MetricsDashboard, MetricUnit
from tests.e2e.shop import Shop


def test_graph_shows_what_cloudwatch_has(shop: Shop) -> None:
    measured = datetime.now(UTC) - timedelta(minutes=40)
    boto3.client("cloudwatch", **shop.instance.aws).put_metric_data(
        Namespace="Orders/local",
        MetricData=[
            {
                "MetricName": "OrdersPlaced",
                "Dimensions": [{"Name": "service", "Value": "orders"}],
                "Timestamp": measured,
                "Value": 7,
            }
        ],
    )
    metrics = shop.administrator.admin_get_metrics(period=MetricPeriod.THREE_HOURS)
    assert (metrics.end - metrics.start, metrics.step_seconds) == (timedelta(hours=3), 300)
    graphs = {each.name: each for each in metrics.graphs}
    assert {each.dashboard for each in metrics.graphs} == set(MetricsDashboard)
    placed = graphs["ordersPlaced"]
    assert (placed.unit, placed.summed, placed.complete) == (MetricUnit.COUNT, True, True)
    (line,) = placed.lines
    (step,) = line.steps
    begins = metrics.start + step * timedelta(seconds=metrics.step_seconds)
    assert begins <= measured < begins + timedelta(seconds=metrics.step_seconds)
    assert list(line.values) == [7]
    # The engine computes no expressions.
    assert [each.name for each in metrics.graphs if not each.complete] == ["moneyCaptured", "moneyRefunded"]
    assert {line.label for line in graphs["deadLetters"].lines} >= {"OrdersDeadLetters"}


def test_unknown_period_is_refused(shop: Shop) -> None:
    with pytest.raises(BadRequest) as refused:
        shop.administrator.admin_get_metrics(period=MetricPeriod("1y"))
    assert "must be one of 3h, 12h, 1d, 7d" in str(refused.value)
