"""The dashboards stack: the business dashboard and the machinery dashboard.

It is deployed last, and reads the names of other stacks' resources by `Fn::GetStackOutput`, a weak reference.
If it imported them, CloudFormation would refuse to remove a function that a dashboard still shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aws_cdk import Aws, CfnOutput, CrossStackReferences, Duration, ReferenceStrength
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from ordering.domain.metric_graphs import MetricsDashboard
from stacks.business_dashboard import business_rows
from stacks.log_queries import add_log_queries
from stacks.machinery_dashboard import machinery_rows
from stacks.metric_parameters import add_metric_parameters
from stacks.stack import OrderStack
from stacks.widgets import Row

if TYPE_CHECKING:
    from stacks.stage import OrdersStage


class DashboardsStack(OrderStack):
    """Both dashboards of a stage, the graphs of the console, and the saved queries of the logs."""

    def __init__(self, scope: Construct, id: str, *, stage: OrdersStage) -> None:
        super().__init__(scope, id, settings=stage.settings, description="Order backend: what is seen of it")
        CrossStackReferences.of(self).consume(ReferenceStrength.WEAK)
        dashboards = dashboard_rows(stage)
        add_metric_parameters(self, dashboards)
        if stage.settings.local:
            # The local engine records no metrics.
            return
        for each, rows in dashboards.items():
            name = each.capitalize()
            dashboard = cloudwatch.Dashboard(
                self,
                name,
                # The region is in the name, because all regions of an account share the names of dashboards.
                dashboard_name=f"orders-{stage.settings.stage}-{each.value}-{Aws.REGION}",
                default_interval=Duration.hours(12),
            )
            for row in rows:
                _add(dashboard, row)
            CfnOutput(self, f"{name}Dashboard", value=dashboard.dashboard_name)
        add_log_queries(self, stage)


def dashboard_rows(stage: OrdersStage) -> Mapping[MetricsDashboard, Sequence[Row]]:
    """Returns the rows of each dashboard. The stage must already contain all that they show."""
    return {
        MetricsDashboard.BUSINESS: list(business_rows(stage)),
        MetricsDashboard.MACHINERY: list(machinery_rows(stage)),
    }


def _add(dashboard: cloudwatch.Dashboard, row: Row) -> None:
    dashboard.add_widgets(
        cloudwatch.TextWidget(
            markdown=f"## {row.title}\n{row.text}",
            width=24,
            height=2,
            background=cloudwatch.TextWidgetBackground.TRANSPARENT,
        )
    )
    dashboard.add_widgets(*row.widgets)
