"""The events stack: the event bus, its archive, and the function that publishes changes of the table."""

import json
from collections.abc import Sequence

import jsii
from aws_cdk import CfnOutput, Duration, Fn
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from ordering.domain.webhooks.endpoint import EndpointStatus
from ordering.repositories.keys import endpoint_keys, event_keys, order_keys, product_keys
from stacks.acceptances import Checker
from stacks.access import Access
from stacks.data import DataStack
from stacks.event_bus_log import ERRORS, log_errors
from stacks.event_schemas import register_schemas
from stacks.event_topics import add_topics
from stacks.function import OrderFunction
from stacks.grants import allow
from stacks.layers import Layers
from stacks.nag import accept, suppress_nag
from stacks.notifications import notify_customers
from stacks.queue import DeadLetterQueue
from stacks.settings import Settings
from stacks.stack import FunctionStack
from stacks.warehouse import notify_warehouse
from stacks.wildcards import PARKED_OBJECTS, UNDELIVERED_OBJECTS

# The items whose changes are published as events. Records of event consumers are not among them, because they
# would cause new events without an end. Of deletions, only that of a product is published; the others are
# done by the table's time to live.
_CHANGES: tuple[tuple[Sequence[str], Sequence[object]], ...] = (
    (
        ("INSERT", "MODIFY"),
        (*event_keys.PUBLISHED_SORT_KEYS, {"prefix": order_keys.PAYMENT_PREFIX}),
    ),
    (("REMOVE",), (product_keys.PRODUCT,)),
)
# Changes of stock, of the products that have a threshold. A filter cannot compare the two images, which show
# whether the threshold was crossed.
_STOCK = {
    "eventName": ["MODIFY"],
    "dynamodb": {
        "Keys": {"SK": {"S": [product_keys.STOCK]}},
        "NewImage": {"lowStockAt": {"N": [{"exists": True}]}},
    },
}
# Changes of webhook endpoints that are disabled. What else changes in an endpoint is published to no one.
_WEBHOOKS = {
    "eventName": ["MODIFY"],
    "dynamodb": {
        "Keys": {"SK": {"S": [{"prefix": endpoint_keys.ENDPOINT_PREFIX}]}},
        "NewImage": {"status": {"S": [EndpointStatus.DISABLED.value]}},
    },
}
_FILTERS = [
    *(
        {"eventName": list(names), "dynamodb": {"Keys": {"SK": {"S": list(sort_keys)}}}}
        for names, sort_keys in _CHANGES
    ),
    _STOCK,
    _WEBHOOKS,
]
_OF_STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")


@jsii.implements(lambda_.IEventSourceDlq)
class _Bucket:
    """A bucket as the on-failure destination of an event source.

    The construct of aws-cdk-lib would also grant the permissions to read and delete objects.
    """

    def __init__(self, bucket: s3.Bucket) -> None:
        self._bucket = bucket

    def bind(
        self, target: lambda_.IEventSourceMapping, target_handler: lambda_.IFunction
    ) -> lambda_.DlqDestinationConfig:
        """Returns the bucket's ARN. The function's own statements grant the permission to write."""
        return lambda_.DlqDestinationConfig(destination=self._bucket.bucket_arn)


class EventsStack(FunctionStack):
    """Publishes changes of the table as events."""

    def __init__(
        self, scope: Construct, id: str, *, settings: Settings, layers: Layers, data: DataStack
    ) -> None:
        super().__init__(
            scope, id, settings=settings, layers=layers, description="Order backend: what happened, published"
        )
        self.bus = events.EventBus(self, "Bus", description=f"Orders, {settings.stage}", log_config=ERRORS)
        log_errors(self, self.bus)
        if settings.event_archive_days is not None:
            self._archive(settings.event_archive_days)
        register_schemas(self)
        self.parked_changes = DeadLetterQueue(self, "ParkedChanges")
        self.publish_changes = self._publish_changes(data)
        if settings.mail:
            notify_customers(self, settings.mail, bus=self.bus, data=data)
        if settings.warehouse:
            notify_warehouse(self, settings.warehouse, bus=self.bus, data=data)
        add_topics(self, self.bus, high_value=settings.high_value_orders, public=settings.public_events)

        CfnOutput(self, "EventBusName", value=self.bus.event_bus_name)
        CfnOutput(self, "ParkedChangesQueueUrl", value=self.parked_changes.queue_url)

    def _archive(self, days: int) -> None:
        """Archive the events for a number of days.

        CloudFormation gives the archive a name. A name of our own would still be taken when the archive is
        created again after a failed deployment, or replaced: a name is unique in an account and Region.
        """
        archive = self.bus.archive(
            "Archive",
            description="Replays events to a consumer that was unavailable or faulty",
            event_pattern=events.EventPattern(source=["orders"]),
            retention=Duration.days(days),
        )
        if not self.settings.local:
            # `stacks/local_engine.py` leaves the archive out, so nothing may refer to it.
            CfnOutput(self, "EventArchiveName", value=archive.archive_name)

    def change_metric(self, name: str, period: Duration) -> cloudwatch.Metric:
        """Returns a count of the event source that reads the table's stream."""
        return cloudwatch.Metric(
            namespace="AWS/Lambda",
            metric_name=name,
            dimensions_map={"EventSourceMappingUUID": self.changes.event_source_mapping_id},
            period=period,
            statistic="Sum",
        )

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
                allow(list(_OF_STREAM), data.stream_arn),
                allow(["s3:ListBucket"], bucket.bucket_arn),
                *(
                    allow(list(objects.actions), f"{bucket.bucket_arn}{objects.ends}")
                    for objects in (UNDELIVERED_OBJECTS, PARKED_OBJECTS)
                ),
            ),
            environment={
                "EVENT_BUS_NAME": self.bus.event_bus_name,
                "PARKED_CHANGES_QUEUE_URL": self.parked_changes.queue_url,
                # Taken from the ARN, which the previous release exports too, so that a rollback is possible.
                "UNDELIVERED_CHANGES_BUCKET_NAME": Fn.select(5, Fn.split(":", bucket.bucket_arn)),
                "PARKED_OBJECTS_PREFIX": PARKED_OBJECTS.ends.removeprefix("/").removesuffix("*"),
            },
        )
        if self.settings.restored_table:
            for action in _OF_STREAM:
                accept(
                    handler.policy,
                    Checker.PARLIAMENT,
                    f"RESOURCE_MISMATCH {action}",
                    "The label of a stream is a time; parliament does not expect the colons in it.",
                )
        # The nag finding names the bucket as this template does, by the export of the other stack.
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
            target=handler.live,
            event_source_arn=data.stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=100,
            bisect_batch_on_error=True,
            report_batch_item_failures=True,
            # Transient errors are retried until the record has this age. The stream deletes records after a
            # day, so half a day is left to react.
            max_record_age=Duration.hours(12),
            filters=[{"pattern": json.dumps(pattern)} for pattern in _FILTERS],
            on_failure=_Bucket(bucket),
            support_s3_on_failure_destination=True,
            # Counts the records that are given up, for the alarms ChangesGivenUp and ChangesDropped.
            metrics_config=lambda_.MetricsConfig(metrics=[lambda_.MetricType.EVENT_COUNT]),
        )
        return handler
