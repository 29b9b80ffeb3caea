"""The one construct for functions: what every handler has, and nothing another handler has."""

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

import jsii
from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks import grants
from stacks.access import TRACING, Access
from stacks.data import DataStack
from stacks.nag import suppress_nag
from stacks.removal import removal_policy
from stacks.settings import Settings
from stacks.stack import ARCHITECTURE, RUNTIME, FunctionStack

_LAMBDAS = Path(__file__).resolve().parent.parent / "lambdas"

SERVICE = "orders"


def metrics_namespace(settings: Settings) -> str:
    """Where a stage's own metrics are: an account may hold several stages, and each is alarmed alone."""
    return f"Orders/{settings.stage}"


class OrderFunction(lambda_.Function):
    """The function of one file, `lambdas/<source>.py`.

    Its asset is that file alone, so that a change to one handler deploys one function. Its role holds
    what `access` and `statements` say, its own log stream and its traces: no AWS managed policy.
    """

    def __init__(
        self,
        stack: FunctionStack,
        source: str,
        *,
        data: DataStack,
        access: Access,
        timeout: Duration,
        statements: Iterable[iam.PolicyStatement] = (),
        environment: Mapping[str, str] | None = None,
        more_layers: Iterable[lambda_.ILayerVersion] = (),
    ) -> None:
        path = PurePosixPath(source)
        id = construct_id(path.name)
        settings = stack.settings
        log_group = logs.LogGroup(
            stack,
            f"{id}Logs",
            retention=settings.log_retention,
            removal_policy=removal_policy(settings),
        )
        role = iam.Role(stack, f"{id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        super().__init__(
            stack,
            id,
            description=f"lambdas/{source}.py, {settings.stage}",
            code=lambda_.Code.from_asset(str(_LAMBDAS / path.parent), exclude=["*", f"!{path.name}.py"]),
            handler=f"{path.name}.handler",
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            # CPU comes with memory: below this, importing the clients dominates a cold start.
            memory_size=512,
            timeout=timeout,
            layers=[*stack.layers, *more_layers],
            role=role,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel(settings.log_level),
            tracing=lambda_.Tracing.ACTIVE,
            environment={
                "TABLE_NAME": data.table.table_name,
                "STAGE": settings.stage,
                "POWERTOOLS_SERVICE_NAME": SERVICE,
                "POWERTOOLS_METRICS_NAMESPACE": metrics_namespace(settings),
                "POWERTOOLS_LOG_LEVEL": settings.log_level,
                **dict(grants.environment(access, data)),
                **({"CALL_READ_SECONDS": str(settings.call_seconds)} if settings.call_seconds else {}),
                **(environment or {}),
            },
        )
        log_group.grant_write(self)
        for statement in (*grants.statements(access, data), *statements):
            self.add_to_role_policy(statement)

        self.policy = role.node.find_child("DefaultPolicy")
        """The role's one policy."""
        suppress_nag(self.policy, "AwsSolutions-IAM5[Resource::*]", TRACING.reason)
        suppress_nag(
            self,
            "Serverless-LambdaDLQ",
            "Called by the API, the saga, an event source or Secrets Manager, synchronously: this is for the "
            "other kind.",
        )
        for rule in ("AwsSolutions-L1", "Serverless-LambdaLatestVersion"):
            suppress_nag(
                self, rule, "3.13 is supported to 2029; the locked wheels are proven on no newer one yet."
            )


@jsii.implements(lambda_.IDestination)
class Destination:
    """Where a call goes that failed for good; the library's own would be allowed more than to send."""

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def bind(
        self, scope: Construct, fn: lambda_.IFunction, *, type: lambda_.DestinationType
    ) -> lambda_.DestinationConfig:
        """The ARN; the role's statement stands with the function."""
        return lambda_.DestinationConfig(destination=self._arn)


def construct_id(name: str) -> str:
    """`place_order` as CDK names constructs: `PlaceOrder`."""
    return "".join(word.capitalize() for word in name.split("_"))
