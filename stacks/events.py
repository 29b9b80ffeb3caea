"""The events stack: the bus, its archive, and the function that publishes the table's changes to it."""

import json
from collections.abc import Sequence

import jsii
from aws_cdk import CfnOutput, Duration, Fn
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.access import PARKED_OBJECTS, UNDELIVERED_OBJECTS, Access
from stacks.data import DataStack
from stacks.function import OrderFunction
from stacks.grants import allow
from stacks.layers import Layers
from stacks.nag import suppress_nag
from stacks.notifications import notify_customers
from stacks.queue import DeadLetterQueue
from stacks.settings import Settings
from stacks.stack import FunctionStack

# The items whose changes are events. A consumer's own records are not among them (they would feed
# themselves), and of removals only a product's is: the others are the table's time to live at work.
_CHANGES: tuple[tuple[Sequence[str], Sequence[object]], ...] = (
    (
        ("INSERT", "MODIFY"),
        ("ORDER", "RESERVATION", "SHIPMENT", "PRODUCT", "STOCK", {"prefix": "PAYMENT#"}),
    ),
    (("REMOVE",), ("PRODUCT",)),
)
_FILTERS = [
    {"eventName": list(names), "dynamodb": {"Keys": {"SK": {"S": list(sort_keys)}}}}
    for names, sort_keys in _CHANGES
]


@jsii.implements(lambda_.IEventSourceDlq)
class _Bucket:
    """A bucket as the destination of records given up on; the library's own would be let read and delete."""

    def __init__(self, bucket: s3.Bucket) -> None:
        self._bucket = bucket

    def bind(
        self, target: lambda_.IEventSourceMapping, target_handler: lambda_.IFunction
    ) -> lambda_.DlqDestinationConfig:
        """The bucket's ARN; the role's statements stand with the function."""
        return lambda_.DlqDestinationConfig(destination=self._bucket.bucket_arn)


class EventsStack(FunctionStack):
    """What happened, told to whoever listens."""

    def __init__(
        self, scope: Construct, id: str, *, settings: Settings, layers: Layers, data: DataStack
    ) -> None:
        super().__init__(
            scope, id, settings=settings, layers=layers, description="Order backend: what happened, published"
        )
        self.bus = events.EventBus(self, "Bus", description=f"Orders, {settings.stage}")
        self.bus.archive(
            "Archive",
            description="Replays events to a consumer that was away or wrong",
            event_pattern=events.EventPattern(source=["orders"]),
            retention=Duration.days(30),
        )
        self.parked_changes = DeadLetterQueue(self, "ParkedChanges")
        self.publish_changes = self._publish_changes(data)
        if settings.mail:
            notify_customers(self, settings.mail, bus=self.bus, data=data)

        CfnOutput(self, "EventBusName", value=self.bus.event_bus_name)
        CfnOutput(self, "ParkedChangesQueueUrl", value=self.parked_changes.queue_url)

    def _publish_changes(self, data: DataStack) -> OrderFunction:
        bucket = data.undelivered_changes
        handler = OrderFunction(
            self,
            "events/publish_changes",
            data=data,
            access=Access(),
            timeout=Duration.seconds(60),
            statements=(
                allow(["events:PutEvents"], self.bus.event_bus_arn),
                allow(["sqs:SendMessage"], self.parked_changes.queue_arn),
                allow(
                    [
                        "dynamodb:DescribeStream",
                        "dynamodb:GetRecords",
                        "dynamodb:GetShardIterator",
                    ],
                    data.stream_arn,
                ),
                allow(["s3:ListBucket"], bucket.bucket_arn),
                *(
                    allow(list(objects.actions), f"{bucket.bucket_arn}{objects.ends}")
                    for objects in (UNDELIVERED_OBJECTS, PARKED_OBJECTS)
                ),
            ),
            environment={
                "EVENT_BUS_NAME": self.bus.event_bus_name,
                "PARKED_CHANGES_QUEUE_URL": self.parked_changes.queue_url,
                # From its ARN, which the release before exports as well: so that the way back to it is open.
                "UNDELIVERED_CHANGES_BUCKET_NAME": Fn.select(5, Fn.split(":", bucket.bucket_arn)),
                "PARKED_OBJECTS_PREFIX": PARKED_OBJECTS.ends.removeprefix("/").removesuffix("*"),
            },
        )
        # The finding names the bucket as this template does: by the other stack's export.
        exported = self.resolve(data.export_value(bucket.bucket_arn))["Fn::ImportValue"]
        for objects in (UNDELIVERED_OBJECTS, PARKED_OBJECTS):
            suppress_nag(
                handler.policy,
                f"AwsSolutions-IAM5[Resource::{exported}{objects.ends}]",
                objects.reason,
            )
        self.changes = lambda_.EventSourceMapping(
            self,
            "Changes",
            target=handler,
            event_source_arn=data.stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=100,
            bisect_batch_on_error=True,
            report_batch_item_failures=True,
            # Transient errors are retried until the record is this old. The stream forgets after a day, so
            # that half of it is left to act in.
            max_record_age=Duration.hours(12),
            filters=[{"pattern": json.dumps(pattern)} for pattern in _FILTERS],
            on_failure=_Bucket(bucket),
            support_s3_on_failure_destination=True,
            # What it gives up is counted, so that somebody is called: the bucket itself tells nobody.
            metrics_config=lambda_.MetricsConfig(metrics=[lambda_.MetricType.EVENT_COUNT]),
        )
        return handler
