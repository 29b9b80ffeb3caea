"""What a handler may do: exact actions on exact resources, and the wildcards that cannot be avoided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from ordering.repositories.keys import DUE, LISTING

if TYPE_CHECKING:
    from stacks.data import DataStack
    from stacks.settings import Provider, Settings


@dataclass(frozen=True, slots=True)
class Access:
    """What a handler does to what the data stack keeps: DynamoDB's actions, without prefix, by resource."""

    table: tuple[str, ...] = ()
    listing: tuple[str, ...] = ()
    """On GSI1, which lists products and a customer's orders."""
    due: tuple[str, ...] = ()
    """On GSI2, which holds what is open and when it last moved."""
    payments: tuple[str, ...] = ()
    """Calls the payment provider; where that is the sandbox, these on its books."""
    shipping: tuple[str, ...] = ()
    """Calls the carrier; where that is the sandbox, these on its books."""
    seals: bool = False
    """Whether it reads the secret that cursors are sealed with."""

    def statements(self, data: DataStack) -> Iterator[iam.PolicyStatement]:
        """One statement for each resource there is anything to do on."""
        sandbox = tuple(
            dict.fromkeys(
                action
                for _, provider, actions in self._providers(data.settings)
                if provider.is_sandbox
                for action in actions
            )
        )
        for actions, arn in (
            (self.table, data.table.table_arn),
            (self.listing, data.index_arn(LISTING)),
            (self.due, data.index_arn(DUE)),
            (sandbox, data.sandbox.table_arn),
        ):
            if actions:
                yield allow([f"dynamodb:{action}" for action in actions], arn)
        secrets = [data.cursor_secret.ref] if self.seals else []
        secrets += [
            provider.secret_arn
            for _, provider, _ in self._providers(data.settings)
            if provider.secret_arn is not None
        ]
        if secrets:
            yield allow(["secretsmanager:GetSecretValue"], *secrets)

    def environment(self, data: DataStack) -> Iterator[tuple[str, str]]:
        """The variables by which the handler finds what it may use."""
        if self.seals:
            yield "CURSOR_SECRET_ARN", data.cursor_secret.ref
        for name, provider, _ in self._providers(data.settings):
            yield f"{name}_PROVIDER", provider.module
            if provider.secret_arn is not None:
                yield f"{name}_SECRET_ARN", provider.secret_arn
            if provider.is_sandbox:
                yield "SANDBOX_TABLE_NAME", data.sandbox.table_name

    def _providers(self, settings: Settings) -> Iterator[tuple[str, Provider, tuple[str, ...]]]:
        """Each provider that is called, with the actions on its books where it is the sandbox."""
        if self.payments:
            yield "PAYMENTS", settings.payments, self.payments
        if self.shipping:
            yield "SHIPPING", settings.shipping, self.shipping


def allow(actions: list[str], *resources: str) -> iam.PolicyStatement:
    """A statement that allows `actions` on `resources`."""
    return iam.PolicyStatement(actions=actions, resources=list(resources))


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A `*` in a policy that AWS itself demands."""

    actions: tuple[str, ...]
    ends: str
    """How the resource ends in the template: `*` alone, or what stands before it."""
    reason: str


TRACING = Wildcard(
    ("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
    "*",
    "X-Ray's write actions know no resource to name (Service Authorization Reference, AWS X-Ray).",
)
TRACE_SAMPLING = Wildcard(
    (*TRACING.actions, "xray:GetSamplingRules", "xray:GetSamplingTargets"),
    "*",
    "Step Functions traces by X-Ray's sampling rules, and X-Ray's actions know no resource to name.",
)
LOG_DELIVERY = Wildcard(
    (
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
    ),
    "*",
    "Log delivery's actions know no resource to name (Logging in CloudWatch Logs, Step Functions).",
)
UNDELIVERED_OBJECTS = Wildcard(
    ("s3:PutObject",),
    "/aws/lambda/*",
    "Lambda's event source names the object after the mapping, the shard and the time.",
)
PARKED_OBJECTS = Wildcard(
    ("s3:PutObject",),
    "/parked/*",
    "A change that no message can hold is an object, named after its content.",
)
EMPTIED_OBJECTS = Wildcard(
    ("s3:DeleteObject*", "s3:GetBucket*", "s3:List*", "s3:PutBucketPolicy"),
    "/*",
    "The bucket's own policy lets one function, which empties it before it is deleted, do so (aws-cdk-lib).",
)
KEY_POLICY_ROOT = Wildcard(
    ("kms:*",),
    "*",
    "In a key policy `*` is this key; the account's root keeps it manageable (Default key policy, AWS KMS).",
)
KEY_POLICY_USE = Wildcard(
    ("kms:Decrypt", "kms:GenerateDataKey*"),
    "*",
    "In a key policy `*` is this key: CloudWatch encrypts its alarms with it.",
)

WILDCARDS = (
    *(TRACING, TRACE_SAMPLING, LOG_DELIVERY),
    *(UNDELIVERED_OBJECTS, PARKED_OBJECTS),
    *(KEY_POLICY_ROOT, KEY_POLICY_USE),
)
"""In every stage."""
WHERE_BUCKETS_ARE_EMPTIED = (EMPTIED_OBJECTS,)
"""Only in a stage whose buckets go with it."""
