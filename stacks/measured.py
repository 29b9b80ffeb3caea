"""The metrics that the functions of the stage write with Powertools."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from stacks.function import SERVICE, metrics_namespace
from stacks.settings import Settings


def measured(
    settings: Settings,
    name: str,
    *,
    period: Duration,
    statistic: str = "Maximum",
    dimensions: dict[str, str] | None = None,
    label: str | None = None,
) -> cloudwatch.Metric:
    """Returns a metric of the stage. `dimensions` are those besides the service."""
    return cloudwatch.Metric(
        namespace=metrics_namespace(settings),
        metric_name=name,
        dimensions_map={**(dimensions or {}), "service": SERVICE},
        period=period,
        statistic=statistic,
        label=label,
    )
