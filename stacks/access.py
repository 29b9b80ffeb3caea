"""Permissions of handlers: exact actions on exact resources, and the unavoidable wildcards."""

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
    """The actions that a handler performs on each resource of the data stack, without the service prefix."""

    table: tuple[str, ...] = ()
    listing: tuple[str, ...] = ()
    """Actions on GSI1, which lists products and a customer's orders."""
    due: tuple[str, ...] = ()
    """Actions on GSI2, which lists open items and the time of their last change."""
    payments: tuple[str, ...] = ()
    """Not empty: the handler calls the payment provider. The actions are on the sandbox table, if used."""
    shipping: tuple[str, ...] = ()
    """Not empty: the handler calls the carrier. The actions are on the sandbox table, if used."""
    cursor_secret: tuple[str, ...] = ()
    """Actions on the secret that holds the key for signing cursors."""

    def statements(self, data: DataStack) -> Iterator[iam.PolicyStatement]:
        """Yields one policy statement for each resource with at least one action."""
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
        if self.cursor_secret:
            yield allow([f"secretsmanager:{action}" for action in self.cursor_secret], data.cursor_secret.ref)
        secrets = [
            provider.secret_arn
            for _, provider, _ in self._providers(data.settings)
            if provider.secret_arn is not None
        ]
        if secrets:
            yield allow(["secretsmanager:GetSecretValue"], *secrets)

    def environment(self, data: DataStack) -> Iterator[tuple[str, str]]:
        """Yields the environment variables that name these resources."""
        if self.cursor_secret:
            yield "CURSOR_SECRET_ARN", data.cursor_secret.ref
        for name, provider, _ in self._providers(data.settings):
            yield f"{name}_PROVIDER", provider.module
            if provider.secret_arn is not None:
                yield f"{name}_SECRET_ARN", provider.secret_arn
            if provider.is_sandbox:
                yield "SANDBOX_TABLE_NAME", data.sandbox.table_name

    def _providers(self, settings: Settings) -> Iterator[tuple[str, Provider, tuple[str, ...]]]:
        """Yields each provider that is called, with the actions on the sandbox table."""
        if self.payments:
            yield "PAYMENTS", settings.payments, self.payments
        if self.shipping:
            yield "SHIPPING", settings.shipping, self.shipping


def allow(actions: list[str], *resources: str) -> iam.PolicyStatement:
    """Returns a statement that allows `actions` on `resources`."""
    return iam.PolicyStatement(actions=actions, resources=list(resources))


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A `*` in a policy that AWS requires."""

    actions: tuple[str, ...]
    ends: str
    """The end of the resource's ARN in the template: `*` alone, or with the text before it."""
    reason: str


TRACING = Wildcard(
    ("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
    "*",
    "X-Ray's write actions have no resource types (Service Authorization Reference, AWS X-Ray).",
)
TRACE_SAMPLING = Wildcard(
    (*TRACING.actions, "xray:GetSamplingRules", "xray:GetSamplingTargets"),
    "*",
    "Step Functions uses X-Ray's sampling rules, and X-Ray's actions have no resource types.",
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
    "The log delivery actions have no resource types (Logging in CloudWatch Logs, Step Functions).",
)
UNDELIVERED_OBJECTS = Wildcard(
    ("s3:PutObject",),
    "/aws/lambda/*",
    "Lambda's event source names the object by the mapping, the shard and the time.",
)
PARKED_OBJECTS = Wildcard(
    ("s3:PutObject",),
    "/parked/*",
    "A change that is too long for a message is stored as an object, named by its content.",
)
EMPTIED_OBJECTS = Wildcard(
    ("s3:DeleteObject*", "s3:GetBucket*", "s3:List*", "s3:PutBucketPolicy"),
    "/*",
    "The bucket policy allows the function that empties the bucket before it is deleted (aws-cdk-lib).",
)
KEY_POLICY_ROOT = Wildcard(
    ("kms:*",),
    "*",
    "In a key policy `*` means this key; the account's root must manage it (Default key policy, AWS KMS).",
)
KEY_POLICY_USE = Wildcard(
    ("kms:Decrypt", "kms:GenerateDataKey*"),
    "*",
    "In a key policy `*` means this key: CloudWatch encrypts its alarms with it.",
)

WILDCARDS = (
    *(TRACING, TRACE_SAMPLING, LOG_DELIVERY),
    *(UNDELIVERED_OBJECTS, PARKED_OBJECTS),
    *(KEY_POLICY_ROOT, KEY_POLICY_USE),
)
"""The wildcards of every stage."""
WHERE_BUCKETS_ARE_EMPTIED = (EMPTIED_OBJECTS,)
"""The additional wildcards of a stage whose buckets are deleted with it."""
