"""What a deployed stage tells the function that reads its metrics, in an AWS in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3

from lambdas.api import admin_get_metrics
from ordering.domain.metric_graphs import GRAPHS, LineDefinition
from tests.support.environment import METRIC_PARAMETERS
from tests.support.least_privilege import deployed_parameters

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_cloudwatch.type_defs import DimensionTypeDef


class DeployedMetrics:
    """The parameters of a stage with every function, and its metrics, which are empty."""

    def __init__(self) -> None:
        self.cloudwatch: CloudWatchClient = boto3.client("cloudwatch")
        path = METRIC_PARAMETERS
        self._parameters = {
            name: value for name, value in deployed_parameters().items() if name.startswith(f"{path}/")
        }
        ssm = boto3.client("ssm")
        for name, value in self._parameters.items():
            ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
        admin_get_metrics.kept.clear()

    @property
    def graphs(self) -> Sequence[Mapping[str, Any]]:
        """The graphs, in their order."""
        graphs: Sequence[Mapping[str, Any]] = json.loads(self._parameters[f"{METRIC_PARAMETERS}/{GRAPHS}"])
        return graphs

    def lines(self, graph: str) -> Iterator[LineDefinition]:
        """Yield the lines of a graph."""
        return (line for line in admin_get_metrics.definitions()[1] if line.graph == graph)

    def put(self, line: LineDefinition, *values: tuple[datetime, float]) -> None:
        """Put values of a line's metric, each with its time."""
        dimensions: list[DimensionTypeDef] = [
            {"Name": name, "Value": value} for name, value in line.dimensions.items()
        ]
        self.cloudwatch.put_metric_data(
            Namespace=line.namespace,
            MetricData=[
                {"MetricName": line.metric, "Dimensions": dimensions, "Timestamp": moment, "Value": value}
                for moment, value in values
            ],
        )
