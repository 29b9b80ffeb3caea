"""The stage that is operated on: the outputs of its stacks, and its AWS clients."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
import msgspec
from botocore.config import Config

from console.engine_aws import connection
from console.outputs import flatten, of_running_engine
from console.progress import StepFailed
from console.shell_environment import bypass_proxies, forget_aws
from console.workspace import Workspace
from ops.errors import CommandRefused
from ordering.aws.clients import patience
from ordering.dead_letters.sources import SqsSource
from ordering.dead_letters.stage import REPORT_FUNCTION
from ordering.domain.operator_text import Redactor
from ordering.dynamodb.client import Table
from ordering.repositories.orders import Orders
from ordering.repositories.reconciliation import Reconciliation

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import StackTypeDef
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_events import EventBridgeClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_s3 import S3Client
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_sns import SNSClient
    from types_boto3_sqs import SQSClient
    from types_boto3_sts import STSClient

LOCAL = "local"
DISTRIBUTIONS_REGION = "us-east-1"
"""Where the stacks of CloudFront's distributions are, whichever region the stage is in (docs/edge.md)."""

# Reading an order's logs exceeds the low quota of FilterLogEvents, so throttled calls are retried.
_PATIENT = Config(connect_timeout=5, retries={"mode": "standard", "total_max_attempts": 10})

_ONE_LONG_CALL = Config(connect_timeout=5, read_timeout=910, retries={"total_max_attempts": 1})


class _Error(msgspec.Struct):
    message: str = msgspec.field(name="errorMessage", default="no message")
    type: str = msgspec.field(name="errorType", default="no error")


@dataclass(frozen=True)
class Stage:
    """One stage. `place` describes where it is: account and region, or the engine's URL."""

    name: str
    place: str
    outputs: Mapping[str, str]

    @property
    def is_local(self) -> bool:
        """Whether it is the stage of the local engine."""
        return self.name == LOCAL

    def output(self, name: str) -> str:
        """Returns an output of the stacks. Raises CommandRefused when there is none of this name."""
        if name not in self.outputs:
            raise CommandRefused(f"stage {self.name} has no output {name}", "deploy this release to it first")
        return self.outputs[name]

    def stack(self, id: str) -> str:
        """Returns the name of one of its stacks."""
        return f"orders-{self.name}-{id}"

    @property
    def sends_mail(self) -> bool:
        """Whether customers get mail about their orders."""
        return "NotificationsQueueUrl" in self.outputs

    @cached_property
    def table(self) -> Table:
        """The table."""
        return Table(self.output("TableName"))

    @cached_property
    def patient_table(self) -> Table:
        """The table, for many writes in a row: calls that are throttled are repeated for longer."""
        return Table(self.output("TableName"), patience(connect=5, read=10, tries=10))

    @cached_property
    def orders(self) -> Orders:
        """The orders in the table."""
        return Orders(self.table)

    @cached_property
    def sweep(self) -> Reconciliation:
        """The index of open and of parked orders."""
        return Reconciliation(self.table)

    def source(self, output: str) -> SqsSource:
        """Returns the queue whose URL this output contains. Raises CommandRefused if it is missing."""
        return SqsSource(self.sqs, self.output(output))

    @cached_property
    def sqs(self) -> SQSClient:
        """The client of SQS."""
        client: SQSClient = boto3.client("sqs", config=_PATIENT)
        return client

    @cached_property
    def events(self) -> EventBridgeClient:
        """The client of EventBridge."""
        client: EventBridgeClient = boto3.client("events", config=_PATIENT)
        return client

    @cached_property
    def sns(self) -> SNSClient:
        """The client of SNS."""
        client: SNSClient = boto3.client("sns", config=_PATIENT)
        return client

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        """The client of CloudWatch Logs."""
        client: CloudWatchLogsClient = boto3.client("logs", config=_PATIENT)
        return client

    @cached_property
    def s3(self) -> S3Client:
        """The client of S3."""
        client: S3Client = boto3.client("s3", config=_PATIENT)
        return client

    @cached_property
    def secrets(self) -> SecretsManagerClient:
        """The client of Secrets Manager."""
        client: SecretsManagerClient = boto3.client("secretsmanager", config=_PATIENT)
        return client

    @cached_property
    def cloudformation(self) -> CloudFormationClient:
        """The client of CloudFormation."""
        client: CloudFormationClient = boto3.client("cloudformation", config=_PATIENT)
        return client

    @property
    def regions(self) -> tuple[str | None, ...]:
        """The regions that its stacks are in: its own (None), and that of its distributions.

        The engine of the local stage has one region.
        """
        if self.is_local or self.cloudformation.meta.region_name == DISTRIBUTIONS_REGION:
            return (None,)
        return (None, DISTRIBUTIONS_REGION)

    def cloudformation_in(self, region: str | None) -> CloudFormationClient:
        """Returns the client of CloudFormation in one of its regions."""
        if region is None:
            return self.cloudformation
        client: CloudFormationClient = boto3.client("cloudformation", region_name=region, config=_PATIENT)
        return client

    @cached_property
    def functions(self) -> LambdaClient:
        """The client of Lambda. A call waits as long as a function may run, and is not repeated."""
        client: LambdaClient = boto3.client("lambda", config=_ONE_LONG_CALL)
        return client

    def make_report(self, event: Mapping[str, Any]) -> Any:
        """Call the function of daily reports, and return its response. Raises CommandRefused."""
        if REPORT_FUNCTION not in self.outputs:
            raise CommandRefused(
                f"stage {self.name} makes no daily reports",
                "deploy this release, with `reporting` set, first",
            )
        response = self.functions.invoke(
            FunctionName=self.outputs[REPORT_FUNCTION], Payload=msgspec.json.encode(event)
        )
        payload = response["Payload"].read()
        if response.get("FunctionError"):
            error = msgspec.json.decode(payload, type=_Error)
            raise CommandRefused(
                f"make_daily_report failed: {error.type}: {Redactor()(error.message)}",
                "`log make_daily_report` shows its log; what was done is not done again",
            )
        return msgspec.json.decode(payload)

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        """The client of DynamoDB, for reads of the whole table."""
        client: DynamoDBClient = boto3.client("dynamodb", config=_PATIENT)
        return client

    def cloudwatch_in(self, region: str | None) -> CloudWatchClient:
        """Returns the client of CloudWatch in one of its regions."""
        client: CloudWatchClient = boto3.client("cloudwatch", region_name=region, config=_PATIENT)
        return client

    @cached_property
    def caller(self) -> str:
        """The ARN of the identity that runs the command: a user, or a role and the name of its session.

        Every identity may ask for its own ("GetCallerIdentity", AWS STS API Reference).
        """
        client: STSClient = boto3.client("sts", config=_PATIENT)
        return client.get_caller_identity()["Arn"]

    def stacks(self) -> dict[str | None, list[StackTypeDef]]:
        """Returns its stacks in each of its regions, as CloudFormation describes them now.

        A stage of this name may also be deployed to us-east-1 as a whole. Its stacks have the same names as
        those in the region of this stage, and are left out.
        """
        own = _stacks(self.cloudformation, self.name)
        names = {stack["StackName"] for stack in own}
        others: dict[str | None, list[StackTypeDef]] = {
            region: [
                stack
                for stack in _stacks(self.cloudformation_in(region), self.name)
                if stack["StackName"] not in names
            ]
            for region in self.regions
            if region is not None
        }
        return {None: own, **others}


def in_aws(name: str) -> Stage:
    """Returns a stage in AWS, found with the caller's credentials and region. Raises CommandRefused."""
    if name == LOCAL:
        raise CommandRefused("stage local is not in AWS", "use --local instead of --stage")
    # The AWS CLI reads both variables, boto3 only the second.
    if region := os.environ.get("AWS_REGION"):
        os.environ["AWS_DEFAULT_REGION"] = region
    cloudformation: CloudFormationClient = boto3.client("cloudformation", config=_PATIENT)
    stacks, place = {}, ""
    for stack in _stacks(cloudformation, name):
        outputs = stack.get("Outputs", [])
        stacks[stack["StackName"]] = {each["OutputKey"]: each["OutputValue"] for each in outputs}
        _, _, _, region, account, _ = stack["StackId"].split(":", 5)
        place = f"account {account}, {region}"
    if not stacks:
        raise CommandRefused(
            f"there is no stack orders-{name}-* in {cloudformation.meta.region_name}",
            "check --stage, AWS_PROFILE and AWS_REGION",
        )
    return Stage(name, place, flatten(stacks))


def _stacks(cloudformation: CloudFormationClient, name: str) -> list[StackTypeDef]:
    return [
        stack
        for page in cloudformation.get_paginator("describe_stacks").paginate()
        for stack in page["Stacks"]
        if stack["StackName"].startswith(f"orders-{name}-")
    ]


def on_this_machine(workspace: Workspace) -> Stage:
    """Returns the local run that is up in `workspace`. Raises CommandRefused when there is none.

    Afterwards this process can reach only the engine, and no AWS account of the caller.
    """
    try:
        outputs = of_running_engine(workspace)
    except StepFailed as failure:
        raise CommandRefused(failure.why, failure.remedy) from failure
    forget_aws()
    bypass_proxies()
    os.environ.update(_engine_only(outputs["Endpoint"]))
    return Stage(LOCAL, outputs["Endpoint"], outputs)


def _engine_only(endpoint: str) -> dict[str, str]:
    aws = connection(endpoint)
    return {
        "AWS_ENDPOINT_URL": aws["endpoint_url"],
        "AWS_DEFAULT_REGION": aws["region_name"],
        "AWS_ACCESS_KEY_ID": aws["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": aws["aws_secret_access_key"],
    }
