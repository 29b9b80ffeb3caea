"""The construct for Lambda functions. Each function has its own code asset, role and log group."""

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final, cast

import jsii
from aws_cdk import Annotations, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks import grants
from stacks.acceptances import Checker
from stacks.access import Access
from stacks.data import DataStack
from stacks.encryption.grants import key_statements
from stacks.handler_code import HandlerCode
from stacks.nag import accept, suppress_nag
from stacks.settings import FAST_START_FUNCTIONS, Settings
from stacks.stack import ARCHITECTURE, AWS_KEY, RUNTIME, FunctionStack, removal_policy
from stacks.wildcards import TRACING

_LAMBDAS = Path(__file__).resolve().parent.parent / "lambdas"

SERVICE = "orders"
LIVE: Final = "live"
"""The alias of each function, and of the state machine, that callers use."""

# CPU is proportional to memory. With less, importing the clients dominates a cold start.
MEGABYTES: Final = 512

# The functions of these folders are invoked many times for an order, and no caller waits for their response.
# Lambda's two lines about each invocation that has succeeded are left out; those about the others are logged
# at WARN ("System log level event mapping", AWS Lambda).
_QUIET = frozenset({"events", "saga"})

_SNAP_START = lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS

_UNRESERVED = (Checker.CHECKOV, "CKV_AWS_115")

_ACCEPTED = (
    (Checker.CFN_LINT, "W3005", "aws-cdk-lib names the role beside its policy, which must exist first."),
    (
        *_UNRESERVED,
        "Reserved concurrency would reject requests while the account has room.",
    ),
    (Checker.CHECKOV, "CKV_AWS_116", "Only asynchronous invocations use it; the sweep has a destination."),
    (Checker.CHECKOV, "CKV_AWS_117", "It calls public endpoints only, by IAM and TLS; it opens no port."),
    (Checker.CHECKOV, "CKV_AWS_173", f"The variables contain no secret, only its ARN. {AWS_KEY}"),
)


def metrics_namespace(settings: Settings) -> str:
    """Returns the namespace of a stage's metrics. An account may contain several stages."""
    return f"Orders/{settings.stage}"


def _code(compiled: HandlerCode | None, path: PurePosixPath) -> lambda_.Code:
    if compiled is None:
        return lambda_.Code.from_asset(str(_LAMBDAS / path.parent), exclude=["*", f"!{path.name}.py"])
    return lambda_.Code.from_asset(str(compiled.folder(path)), asset_hash=compiled.digest(path))


class OrderFunction(lambda_.Function):
    """The function of one file, `lambdas/<source>.py`.

    Its asset contains only that file and its byte code, so that a change to one handler deploys one function.
    Its role has the permissions of `access` and `statements`, and may write to its own log group and to
    X-Ray. It has no AWS managed policy.

    A version is published whenever its code, its layers or its configuration changes, and `live` then names
    that version. Every caller invokes `live`, not the function itself.
    """

    live: lambda_.Alias

    def __init__(
        self,
        stack: FunctionStack,
        source: str,
        *,
        data: DataStack,
        access: Access,
        timeout: Duration,
        megabytes: int = MEGABYTES,
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
            code=_code(stack.handlers, path),
            handler=f"{path.name}.handler",
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            memory_size=megabytes,
            timeout=timeout,
            reserved_concurrent_executions=settings.reserved_concurrency.get(path.name),
            snap_start=_SNAP_START if path.name in settings.snap_start else None,
            layers=[*stack.layers, *more_layers],
            role=role,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel(settings.log_level),
            system_log_level_v2=(
                lambda_.SystemLogLevel.WARN if path.parts[0] in _QUIET else lambda_.SystemLogLevel.INFO
            ),
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
        if path.name in FAST_START_FUNCTIONS and not (settings.local or path.name in settings.snap_start):
            # Explicitly off, because Lambda keeps a setting that an update does not contain
            # ("UpdateFunctionConfiguration").
            resource = cast(lambda_.CfnFunction, self.node.default_child)
            resource.snap_start = lambda_.CfnFunction.SnapStartProperty(apply_on="None")
        log_group.grant_write(self)
        allowed = [*grants.statements(access, data), *statements]
        for statement in (*allowed, *key_statements(self, data.keys, allowed)):
            self.add_to_role_policy(statement)

        if path.name in settings.snap_start:
            Annotations.of(self).acknowledge_warning(
                "@aws-cdk/aws-lambda:snapStartRequirePublish", "Its version is published: `live` names it."
            )
        # CloudFormation deletes the previous version at the end of an update, after `live` has moved.
        self.live = lambda_.Alias(
            self,
            "Live",
            alias_name=LIVE,
            version=self.current_version,
            provisioned_concurrent_executions=settings.provisioned_concurrency.get(path.name),
        )
        self.id = id
        """Its name within its stack."""
        self.limit = timeout
        """The time-out. The construct's own attribute may be None."""
        self.policy = role.node.find_child("DefaultPolicy")
        """The only policy of the role."""
        suppress_nag(self.policy, "AwsSolutions-IAM5[Resource::*]", TRACING.reason)
        suppress_nag(
            self,
            "Serverless-LambdaDLQ",
            "The API, the saga, event sources and Secrets Manager invoke it synchronously; a dead-letter "
            "queue is for asynchronous invocations.",
        )
        for rule in ("AwsSolutions-L1", "Serverless-LambdaLatestVersion"):
            suppress_nag(
                self,
                rule,
                "3.13 is supported until 2029; the locked wheels are only tested on it.",
            )
        accept(log_group, Checker.CHECKOV, "CKV_AWS_158", AWS_KEY)
        for checker, rule, reason in _ACCEPTED:
            if (checker, rule) != _UNRESERVED or path.name not in settings.reserved_concurrency:
                accept(self, checker, rule, reason)


@jsii.implements(lambda_.IDestination)
class Destination:
    """The destination of asynchronous invocations that failed.

    The destination constructs of aws-cdk-lib would grant more permissions than sending.
    """

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def bind(
        self, scope: Construct, fn: lambda_.IFunction, *, type: lambda_.DestinationType
    ) -> lambda_.DestinationConfig:
        """Returns the ARN. The function's own statements grant the permission to send."""
        return lambda_.DestinationConfig(destination=self._arn)


def construct_id(name: str) -> str:
    """Returns the construct id of a handler: `place_order` → `PlaceOrder`."""
    return "".join(word.capitalize() for word in name.split("_"))
