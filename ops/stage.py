"""The environment that is operated on: what its stacks put out, and the clients that reach it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from local.cloud import connection
from local.home import Home
from local.instance import attach
from local.outputs import flatten
from local.steps import StepFailed
from local.surroundings import bypass_proxies, forget_aws
from ops.refusal import Refused
from ordering.dynamodb.client import Table
from ordering.repositories.orders import Orders
from ordering.repositories.processed_events import ProcessedEvents
from ordering.repositories.reconciliation import Reconciliation

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_events import EventBridgeClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient

LOCAL = "local"

# Reading an order's logs asks CloudWatch more often in a second than it answers (FilterLogEvents has a
# low quota): a person rather waits than is refused.
_PATIENT = Config(connect_timeout=5, retries={"mode": "standard", "total_max_attempts": 10})


@dataclass(frozen=True)
class Stage:
    """One environment. `place` says where it is, for people."""

    name: str
    place: str
    outputs: Mapping[str, str]

    @property
    def is_local(self) -> bool:
        """Whether it is the stage of the laptop's engine."""
        return self.name == LOCAL

    def output(self, name: str) -> str:
        """What the stacks put out under this name. Raises Refused when they do not."""
        if name not in self.outputs:
            raise Refused(f"stage {self.name} has no output {name}", "deploy this release to it first")
        return self.outputs[name]

    def stack(self, id: str) -> str:
        """The name of one of its stacks."""
        return f"orders-{self.name}-{id}"

    @property
    def sends_mail(self) -> bool:
        """Whether customers are told of their orders by mail: only then is there something that does it."""
        return "NotificationsQueueUrl" in self.outputs

    @cached_property
    def table(self) -> Table:
        """The table."""
        return Table(self.output("TableName"))

    @cached_property
    def orders(self) -> Orders:
        """The orders in the table."""
        return Orders(self.table)

    @cached_property
    def sweep(self) -> Reconciliation:
        """The index of what is open, and of what is parked."""
        return Reconciliation(self.table)

    @cached_property
    def notify_customer(self) -> ProcessedEvents:
        """What notify_customer has recorded of the events."""
        return ProcessedEvents(self.table, "notify_customer")

    @cached_property
    def sqs(self) -> SQSClient:
        client: SQSClient = boto3.client("sqs", config=_PATIENT)
        return client

    @cached_property
    def events(self) -> EventBridgeClient:
        client: EventBridgeClient = boto3.client("events", config=_PATIENT)
        return client

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        client: CloudWatchLogsClient = boto3.client("logs", config=_PATIENT)
        return client

    @cached_property
    def s3(self) -> S3Client:
        client: S3Client = boto3.client("s3", config=_PATIENT)
        return client

    @cached_property
    def cloudformation(self) -> CloudFormationClient:
        client: CloudFormationClient = boto3.client("cloudformation", config=_PATIENT)
        return client


def in_aws(name: str) -> Stage:
    """A stage deployed to AWS, found with the caller's own credentials and region. Raises Refused."""
    if name == LOCAL:
        raise Refused("stage local is not in AWS", "use --local instead of --stage")
    # The command line of AWS knows both names, boto3 only the second.
    if region := os.environ.get("AWS_REGION"):
        os.environ["AWS_DEFAULT_REGION"] = region
    cloudformation: CloudFormationClient = boto3.client("cloudformation", config=_PATIENT)
    stacks, place = {}, ""
    for page in cloudformation.get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            if stack["StackName"].startswith(f"orders-{name}-"):
                outputs = stack.get("Outputs", [])
                stacks[stack["StackName"]] = {each["OutputKey"]: each["OutputValue"] for each in outputs}
                _, _, _, region, account, _ = stack["StackId"].split(":", 5)
                place = f"account {account}, {region}"
    if not stacks:
        raise Refused(
            f"there is no stack orders-{name}-* in {cloudformation.meta.region_name}",
            "check --stage, AWS_PROFILE and AWS_REGION",
        )
    return Stage(name, place, flatten(stacks))


def on_this_machine(home: Home) -> Stage:
    """The local run that is up in `home`. Raises Refused when there is none.

    From here on this process reaches the engine, and nothing else: no account of the caller's.
    """
    try:
        instance = attach(home)
    except StepFailed as failure:
        raise Refused(failure.why, failure.remedy) from failure
    forget_aws()
    bypass_proxies()
    os.environ.update(_engine_alone(instance.outputs["Endpoint"]))
    return Stage(LOCAL, instance.outputs["Endpoint"], instance.outputs)


def _engine_alone(endpoint: str) -> dict[str, str]:
    aws = connection(endpoint)
    return {
        "AWS_ENDPOINT_URL": aws["endpoint_url"],
        "AWS_DEFAULT_REGION": aws["region_name"],
        "AWS_ACCESS_KEY_ID": aws["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": aws["aws_secret_access_key"],
    }
