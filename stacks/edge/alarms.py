"""The alarms on a distribution, in its own region: CloudFront's metrics are in us-east-1 only."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk.aws_cloudwatch_actions import SnsAction

from stacks.alarm_topic import alarm_topic
from stacks.alarms import FIVE_MINUTES, Alarms, runbook
from stacks.stack import OrderStack

_NAMESPACE: Final = "AWS/CloudFront"
# "CloudFront distribution metrics" and "CloudFront Functions metrics": the value of the dimension Region.
_GLOBAL: Final = {"Region": "Global"}
# The rate of a few requests has no meaning.
_MIN_REQUESTS: Final = 100


def watch_distribution(
    stack: OrderStack,
    distribution: cloudfront.Distribution,
    subject: str,
    functions: Mapping[str, tuple[cloudfront.Function, str]],
) -> None:
    """Add the alarms, and the topic that they notify.

    `subject` (`Edge`) begins the names of the alarms; `functions` are alarm → function, and what it is in
    front of.

    The rate of 5xx is watched beside the API's own, since it includes what CloudFront itself returns: if the
    API cannot be reached, or a function of the viewer request fails.
    """
    alarms = Alarms(stack.settings, SnsAction(alarm_topic(stack)))
    of_distribution = {"DistributionId": distribution.distribution_id} | _GLOBAL
    alarms.add(
        stack,
        f"{subject}Faults",
        cloudwatch.MathExpression(
            label="Requests to which CloudFront has returned 5xx, in percent",
            expression=f"IF(requests > {_MIN_REQUESTS}, rate, 0)",
            using_metrics={
                "rate": _metric("5xxErrorRate", of_distribution, FIVE_MINUTES, "Average"),
                "requests": _metric("Requests", of_distribution, FIVE_MINUTES, "Sum"),
            },
            period=FIVE_MINUTES,
        ),
        above=5,
        periods=3,
        description="CloudFront has returned 5xx to more than one in twenty requests, for a quarter of an "
        "hour.",
    )
    for name, (function, place) in functions.items():
        alarms.add(
            stack,
            name,
            _metric(
                "FunctionExecutionErrors",
                {"FunctionName": function.function_name} | _GLOBAL,
                FIVE_MINUTES,
                "Sum",
            ),
            above=0,
            description=f"The CloudFront function in front of {place} has failed: CloudFront returns 503 for "
            "these requests.",
            page=runbook(f"{subject}FunctionFails"),
        )


def _metric(name: str, dimensions: dict[str, str], period: Duration, statistic: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=_NAMESPACE,
        metric_name=name,
        dimensions_map=dimensions,
        period=period,
        statistic=statistic,
    )
