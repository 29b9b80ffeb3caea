"""Translates a handler's access for CDK: the statements of its role, and its environment variables.

It is separate from `stacks.access`, so that the tests can read a handler's access without importing CDK,
which takes longer than most of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from ordering.repositories.keys import CATEGORIES, DUE, LISTING
from stacks.access import Access

if TYPE_CHECKING:
    from stacks.data import DataStack
    from stacks.settings import Provider, Settings


def statements(access: Access, data: DataStack) -> Iterator[iam.PolicyStatement]:
    """Yields the statements of a handler's role, one for each resource that it uses."""
    sandbox = tuple(
        dict.fromkeys(
            action
            for _, provider, actions in _providers(access, data.settings)
            if provider.is_sandbox
            for action in actions
        )
    )
    for items in access.table:
        # "Using IAM policy conditions for fine-grained access control" (Amazon DynamoDB). Each action of a
        # transaction is checked with its own key.
        yield iam.PolicyStatement(
            actions=[f"dynamodb:{action}" for action in items.actions],
            resources=[data.table_arn],
            conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(items.partitions)}},
        )
    for actions, arn in (
        (access.listing, data.index_arn(LISTING)),
        (access.due, data.index_arn(DUE)),
        (access.categories, data.index_arn(CATEGORIES)),
        (sandbox, data.sandbox.table_arn),
    ):
        if actions:
            yield allow([f"dynamodb:{action}" for action in actions], arn)
    if access.cursor_secret:
        yield allow([f"secretsmanager:{action}" for action in access.cursor_secret], data.cursor_secret.ref)
    secrets = [
        provider.secret_arn
        for _, provider, _ in _providers(access, data.settings)
        if provider.secret_arn is not None
    ]
    if secrets:
        yield allow(["secretsmanager:GetSecretValue"], *secrets)


def environment(access: Access, data: DataStack) -> Iterator[tuple[str, str]]:
    """Yields the environment variables that name the resources of a handler."""
    if access.cursor_secret:
        yield "CURSOR_SECRET_ARN", data.cursor_secret.ref
    for name, provider, _ in _providers(access, data.settings):
        yield f"{name}_PROVIDER", provider.module
        if provider.secret_arn is not None:
            yield f"{name}_SECRET_ARN", provider.secret_arn
        if provider.is_sandbox:
            yield "SANDBOX_TABLE_NAME", data.sandbox.table_name


def _providers(access: Access, settings: Settings) -> Iterator[tuple[str, Provider, tuple[str, ...]]]:
    """Yields each provider that the handler calls, with the actions on the table if it is the sandbox."""
    if access.payments:
        yield "PAYMENTS", settings.payments, access.payments
    if access.shipping:
        yield "SHIPPING", settings.shipping, access.shipping


def allow(actions: list[str], *resources: str) -> iam.PolicyStatement:
    """Returns a statement that allows `actions` on `resources`."""
    return iam.PolicyStatement(actions=actions, resources=list(resources))
