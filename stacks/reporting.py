"""The reporting stack: the consumer that adds sales to their totals, and the daily report of them.

A stage without the setting `reporting` has no such stack. If the setting is turned off, the API's route is
deleted in the next deployment, but the stack stays deployed, because it is no longer part of the app:
`docs/sales.md` describes how to delete it.
"""

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_events as events
from constructs import Construct

from ordering.domain.events.types import EventType
from stacks.access import RECORD_SALES
from stacks.daily_report import make_daily_reports
from stacks.data import DataStack
from stacks.event_consumer import EventConsumer
from stacks.layers import Layers
from stacks.settings import Reporting, Settings
from stacks.stack import FunctionStack

# A rebuild of the totals relies on it: see `SETTLED_AFTER` in `ordering.domain.sales`.
_TIMEOUT = Duration.seconds(30)


class ReportingStack(FunctionStack):
    """Totals of sales, and their daily report."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        layers: Layers,
        data: DataStack,
        bus: events.IEventBus,
        reporting: Reporting,
    ) -> None:
        super().__init__(
            scope, id, settings=settings, layers=layers, description="Order backend: totals of sales"
        )
        EventConsumer(
            self,
            "Sales",
            "record_sales",
            bus=bus,
            data=data,
            access=RECORD_SALES,
            types=[EventType.ORDER_FULFILLED, EventType.ORDER_REFUNDED, EventType.ORDER_CANCELLED],
            timeout=_TIMEOUT,
            max_concurrency=reporting.max_concurrency,
            environment={
                "SHOP_TIME_ZONE": reporting.time_zone,
                "SALES_SHARDS": str(reporting.shards),
            },
        )
        make_daily_reports(self, reporting, data=data)
        # Which days a rebuild counts by.
        CfnOutput(self, "ShopTimeZone", value=reporting.time_zone)
