"""A stage in an AWS in memory, with the parts that the operator's tool reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from ops.__main__ import main
from ordering.domain.clock import now
from ordering.domain.order import OrderFault, OrderId
from ordering.repositories.reconciliation import DueOrder, Reconciliation
from tests.support.environment import ACCOUNT, IMAGES_BUCKET, REGION, REPORTS_BUCKET, TABLE, TIME_ZONE
from tests.support.world import World
from tests.tools.ops.commands import split

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_events import EventBridgeClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient

BUCKET = "undelivered-changes"
BUS = "orders-bus"
US_EAST_1 = "us-east-1"
# The outputs of each stack that are the URL of a queue, with the name of the queue.
_QUEUES = {
    "events": {
        "ParkedChangesQueueUrl": "parked-changes",
        "NotificationsQueueUrl": "notifications",
        "NotificationsDeadLetterQueueUrl": "notifications-dead-letters",
        "UndeliveredNotificationsQueueUrl": "undelivered-notifications",
    },
    "encryption": {
        "KeyCallsQueueUrl": "key-calls",
    },
    "privacy": {
        "CustomerJobsQueueUrl": "customer-jobs",
        "CustomerJobsDeadLetterQueueUrl": "customer-jobs-dead-letters",
    },
    "webhooks": {
        "WebhookDeliveriesQueueUrl": "webhook-deliveries",
        "WebhookDeliveriesDeadLetterQueueUrl": "webhook-deliveries-dead-letters",
    },
    "media": {
        "UploadsQueueUrl": "uploads",
        "UploadsDeadLetterQueueUrl": "uploads-dead-letters",
    },
    "reporting": {
        "SalesQueueUrl": "sales",
        "SalesDeadLetterQueueUrl": "sales-dead-letters",
        "UndeliveredSalesQueueUrl": "undelivered-sales",
        "MissedReportsQueueUrl": "missed-reports",
    },
    "saga": {
        "OrderQueueUrl": "orders",
        "OrderDeadLetterQueueUrl": "dead-letters",
        "UndeliveredEventsQueueUrl": "undelivered-events",
        "MissedSweepsQueueUrl": "missed-sweeps",
    },
}
_NAMES = {
    "webhooks": {"WebhookKeyArn": "webhooks"},
    "data": {"TableName": TABLE, "UndeliveredChangesBucketName": BUCKET},
    "events": {"EventBusName": BUS},
    "media": {"ImagesBucketName": IMAGES_BUCKET},
    "reporting": {
        "ShopTimeZone": TIME_ZONE,
        "SalesConsumer": "record_sales",
        "DailyReportFunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:reports:live",
    },
}
# The alarms of each stack, by their ids; at CloudWatch each has the name that `alarm_name` gives.
_ALARMS = {
    "monitoring": ("OrdersParked", "SweepNotRunning"),
    "saga": ("OrdersQueueBehind", "OrdersDeadLettersNotEmpty"),
}
# Those of the stacks that are in us-east-1.
_ALARMS_OF_DISTRIBUTIONS = {"edge": ("EdgeFaults",)}
DEPLOYED_AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
# The functions of each stack, and the state machine, that have a log group.
_LOGS = {
    "api": ("PlaceOrder", "GetOrder"),
    "events": ("PublishChanges", "NotifyCustomer"),
    "saga": ("DriveOrder", "ReserveStock", "Machine"),
    "webhooks": ("DeliverWebhook",),
    "realtime": ("AnnounceOrders",),
}


@dataclass(frozen=True)
class Ran:
    """The exit status of a command, and what it printed."""

    status: int
    out: str
    err: str


@cache
def client(service: str, region: str = REGION) -> Any:
    """Returns one client for the whole run: creating one takes longer than most tests."""
    return boto3.client(service, region_name=region)


def runbook(alarm: str) -> str:
    """The path of an alarm's runbook."""
    return f"docs/runbooks/{re.sub('(?<=[a-z])(?=[A-Z])', '-', alarm).lower()}.md"


def alarm_name(stack: str, alarm: str) -> str:
    """The name of an alarm at CloudWatch."""
    return f"orders-dev-{stack}-{alarm}0A1B2C3D-x"


class CloudFormation:
    """The two calls that the tool makes. moto's CloudFormation imports the models of forty services."""

    def __init__(
        self, stacks: Mapping[str, Mapping[str, str]], states: Mapping[str, str], region: str
    ) -> None:
        self._stacks = stacks
        self._states = states
        self._region = region
        self.meta = SimpleNamespace(region_name=region)

    def get_paginator(self, operation: str) -> Any:
        """Returns a paginator of one page."""
        return SimpleNamespace(paginate=lambda **asked: [getattr(self, operation)(**asked)])

    def describe_stacks(self) -> dict[str, Any]:
        """Returns the stacks of the stage, and one of another stage."""
        return {
            "Stacks": [
                {
                    "StackName": name,
                    "StackStatus": self._states.get(name, "UPDATE_COMPLETE"),
                    "CreationTime": DEPLOYED_AT - timedelta(days=9),
                    **({} if name.endswith("-data") else {"LastUpdatedTime": DEPLOYED_AT}),
                    "StackId": f"arn:aws:cloudformation:{self._region}:{ACCOUNT}:stack/{name}/1",
                    "Outputs": [
                        {"OutputKey": output, "OutputValue": value} for output, value in outputs.items()
                    ],
                }
                for name, outputs in {**self._stacks, "orders-development": {"TableName": "other"}}.items()
            ]
        }

    def list_stack_resources(self, StackName: str) -> dict[str, Any]:
        """The log groups and the alarms of a stack, and a function."""
        stack = StackName.removeprefix("orders-dev-")
        functions = _LOGS.get(stack, ())
        resources = [
            ("AWS::Logs::LogGroup", f"{function}Logs0A1B2C3D", f"{StackName}-{function}Logs0A1B2C3D-x")
            for function in functions
        ]
        resources.append(("AWS::Lambda::Function", "DriveOrder0A1B2C3D", "drive-order"))
        resources += [
            ("AWS::CloudWatch::Alarm", f"{alarm}0A1B2C3D", alarm_name(stack, alarm))
            for alarm in {**_ALARMS, **_ALARMS_OF_DISTRIBUTIONS}.get(stack, ())
        ]
        names = ("ResourceType", "LogicalResourceId", "PhysicalResourceId")
        return {"StackResourceSummaries": [dict(zip(names, each, strict=True)) for each in resources]}


class Deployed:
    """Stage dev: its orders, queues and logs, and the tool that operates on it."""

    def __init__(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        self.world = world
        self._sweep = Reconciliation(world.table)
        self._capsys = capsys
        self.sqs: SQSClient = client("sqs")
        self.s3: S3Client = client("s3")
        self.logs: CloudWatchLogsClient = client("logs")
        self.events: EventBridgeClient = client("events")
        for bucket in (BUCKET, IMAGES_BUCKET, REPORTS_BUCKET):
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.events.create_event_bus(Name=BUS)
        self.cloudwatch: CloudWatchClient = client("cloudwatch")
        for stack, alarms in _ALARMS.items():
            for alarm in alarms:
                self.create_alarm(stack, alarm)
        self.states: dict[str, str] = {}
        stacks = {f"orders-dev-{stack}": dict(names) for stack, names in _NAMES.items()}
        stacks["orders-dev-monitoring"] = {}
        for stack, queues in _QUEUES.items():
            urls = {
                name: self.sqs.create_queue(QueueName=queue)["QueueUrl"] for name, queue in queues.items()
            }
            stacks.setdefault(f"orders-dev-{stack}", {}).update(urls)
        self.stacks = stacks
        self.stacks_of_distributions: dict[str, dict[str, str]] = {}
        self.outputs = {name: value for outputs in stacks.values() for name, value in outputs.items()}
        for stack, functions in _LOGS.items():
            for function in functions:
                self.logs.create_log_group(logGroupName=f"orders-dev-{stack}-{function}Logs0A1B2C3D-x")

    def ops(self, *arguments: str) -> Ran:
        """Run the tool on it."""
        self._capsys.readouterr()
        command, options = split(arguments)
        status = main([*command.split(), "--stage", "dev", *options])
        said = self._capsys.readouterr()
        return Ran(status, said.out, said.err)

    def create_alarm(self, stack: str, alarm: str, *, actions: bool = True, notifies: bool = True) -> None:
        """Create an alarm of a stack, in state OK; without `notifies`, a part of a composite alarm."""
        name = alarm_name(stack, alarm)
        cloudwatch = self._cloudwatch_of(stack)
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            AlarmDescription=f"It is late. {runbook(alarm)}",
            ActionsEnabled=actions,
            AlarmActions=[f"arn:aws:sns:{REGION}:123456789012:alarms"] if notifies else [],
            MetricName="Late",
            Namespace="Orders",
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
        )
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="all is well")

    def raise_alarm(self, stack: str, alarm: str) -> None:
        """Let an alarm be raised."""
        self._cloudwatch_of(stack).set_alarm_state(
            AlarmName=alarm_name(stack, alarm), StateValue="ALARM", StateReason="1 > 0"
        )

    def _cloudwatch_of(self, stack: str) -> CloudWatchClient:
        found: CloudWatchClient = client(
            "cloudwatch", US_EAST_1 if stack in _ALARMS_OF_DISTRIBUTIONS else REGION
        )
        return found

    def cloudformation(self, region: str) -> CloudFormation:
        """Returns CloudFormation as it is in a region."""
        stacks = {REGION: self.stacks, US_EAST_1: self.stacks_of_distributions}[region]
        return CloudFormation(stacks, self.states, region)

    def with_edge(self) -> None:
        """Deploy the stack of the setting `edge`, which is in us-east-1."""
        self.stacks_of_distributions["orders-dev-edge"] = {"EdgeUrl": "https://d1.cloudfront.net"}
        for alarm in _ALARMS_OF_DISTRIBUTIONS["edge"]:
            self.create_alarm("edge", alarm)

    def without_mail(self) -> None:
        """Remove what only a stage with mail has."""
        for output in [name for name in self.outputs if "Notifications" in name]:
            del self.stacks["orders-dev-events"][output]

    def put(self, queue: str, body: Any, **attributes: str) -> str:
        """Put a message into the queue of an output; returns its id."""
        sent = self.sqs.send_message(
            QueueUrl=self.outputs[queue],
            MessageBody=body if isinstance(body, str) else json.dumps(body),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )
        return sent["MessageId"]

    def dead(self, order_id: str) -> str:
        """Put an order's message into the dead-letter queue; returns its id."""
        return self.put("OrderDeadLetterQueueUrl", {"orderId": order_id})

    def in_queue(self, queue: str) -> list[Any]:
        """Returns the bodies of the visible messages."""
        received = self.sqs.receive_message(
            QueueUrl=self.outputs[queue], MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return [json.loads(message["Body"]) for message in received.get("Messages", [])]

    def driven(self) -> list[str]:
        """Returns the ids of the orders in the order queue."""
        return sorted(body["orderId"] for body in self.in_queue("OrderQueueUrl"))

    def fault(self, order_id: OrderId, cause: str) -> None:
        """Record with an order why it could not be driven."""
        assert self._sweep.note_fault(order_id, OrderFault(at=now(), cause=cause), nudged_at=now())

    def park(self, order_id: OrderId) -> None:
        """Park an order after one failed attempt of the sweep."""
        order = self.world.details(order_id).order
        fault = order.fault or OrderFault(at=now(), cause="KeyError: 'lines'")
        assert self._sweep.note_fault(order_id, fault, nudged_at=now())
        self._sweep.claim(self._due(order_id), at=now())
        assert self._sweep.park(order_id, fault, at=now())

    def _due(self, order_id: OrderId) -> DueOrder:
        order = self.world.details(order_id).order
        return DueOrder(
            order_id=order_id,
            status=order.status,
            created_at=order.created_at,
            updated_at=order.updated_at,
            nudged_at=order.nudged_at,
        )

    def wrote(self, log: str, at: int, **line: Any) -> None:
        """Add a line to the log of a function (`at` in milliseconds since 1970)."""
        (stack,) = (stack for stack, functions in _LOGS.items() if log in functions)
        group = f"orders-dev-{stack}-{log}Logs0A1B2C3D-x"
        stream = f"{at}-{len(line)}"
        self.logs.create_log_stream(logGroupName=group, logStreamName=stream)
        self.logs.put_log_events(
            logGroupName=group,
            logStreamName=stream,
            logEvents=[{"timestamp": at, "message": json.dumps(line)}],
        )
