"""The deployed app behind the page, through the AWS APIs of the engine. Refuses any other endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from console import outputs
from console.engine_aws import ACCOUNT, connection
from console.workspace import Workspace
from local import tokens
from local.deployed_functions import DeployedFunction, deployed_functions

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodbstreams import DynamoDBStreamsClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_sqs import SQSClient
    from types_boto3_stepfunctions import SFNClient

# The machine's own time-out is 120 s. Nothing is retried: a retried start would be a second execution.
_CONFIG = Config(
    read_timeout=130, retries={"total_max_attempts": 1}, inject_host_prefix=False, max_pool_connections=32
)
_QUEUE_ACCOUNT = f"/{ACCOUNT}/"


class NotLocal(Exception):
    """What is deployed is not on this computer's engine, so nothing of it may be broken."""


@dataclass(frozen=True)
class BreakableApp:
    """A deployment on the local engine."""

    workspace: Workspace
    outputs: dict[str, str]

    @classmethod
    def of(cls, workspace: Workspace) -> BreakableApp:
        """Returns the deployment of a workspace. Raises NotLocal, and StepFailed if nothing is deployed."""
        found = outputs.read(workspace)
        require_local(found)
        return cls(workspace, found)

    def client(self, service: str) -> Any:
        """Returns a client of the engine."""
        return boto3.client(service, **connection(self.outputs["Endpoint"]), config=_CONFIG)

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        """The tables."""
        client: DynamoDBClient = self.client("dynamodb")
        return client

    @cached_property
    def streams(self) -> DynamoDBStreamsClient:
        """The tables' streams."""
        client: DynamoDBStreamsClient = self.client("dynamodbstreams")
        return client

    @cached_property
    def functions(self) -> LambdaClient:
        """The functions."""
        client: LambdaClient = self.client("lambda")
        return client

    @cached_property
    def queues(self) -> SQSClient:
        """The queues."""
        client: SQSClient = self.client("sqs")
        return client

    @cached_property
    def machine(self) -> SFNClient:
        """The state machine."""
        client: SFNClient = self.client("stepfunctions")
        return client

    @cached_property
    def schedules(self) -> Any:
        """The schedules."""
        return self.client("scheduler")

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        """The functions' logs."""
        client: CloudWatchLogsClient = self.client("logs")
        return client

    @cached_property
    def deployed(self) -> dict[str, DeployedFunction]:
        """The functions by the names of their files: `authorise_payment`."""
        found = deployed_functions(self.workspace, connection(self.outputs["Endpoint"]))
        return {each.label: each for each in found}

    @cached_property
    def steps(self) -> dict[str, DeployedFunction]:
        """The functions of the saga's steps."""
        return {label: each for label, each in self.deployed.items() if each.source.parent.name == "saga"}

    def replace_card(self, payment: str, card: str) -> None:
        """Give a payment at the sandbox, by the key of its item, another card."""
        self.dynamodb.update_item(
            TableName=self.outputs["SandboxTableName"],
            Key={"PK": {"S": payment}},
            UpdateExpression="SET #token = :card",
            ExpressionAttributeNames={"#token": "token"},
            ExpressionAttributeValues={":card": {"S": card}},
        )

    def token(self, subject: str, scope: str) -> str:
        """Returns an access token of the loopback issuer."""
        claims = tokens.claims(self.outputs["Issuer"], subject, scope)
        return tokens.sign(claims, tokens.key_at(self.workspace.key))


def require_local(found: dict[str, str]) -> None:
    """Raises NotLocal unless engine, API and queues are those of an engine on this computer's loopback."""
    for name in ("Endpoint", "ApiUrl", "Issuer"):
        if not is_loopback(found.get(name, "")):
            raise NotLocal(f"{name} is not on this computer, so nothing is broken: {found.get(name)}")
    if _QUEUE_ACCOUNT not in urlsplit(found.get("OrderQueueUrl", "")).path:
        raise NotLocal(f"OrderQueueUrl is not of the engine's account {ACCOUNT}")


def is_loopback(url: str) -> bool:
    """Whether a URL is one of this computer itself."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
