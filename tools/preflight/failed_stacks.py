"""Checks for stacks whose creation failed, and the commands that remove what is left of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stacks.settings import US_EAST_1, Settings, distributions_of
from tools.preflight.finding import Clients, Finding

# The statuses of a stack whose creation failed. The command line of CDK deletes such a stack before it
# creates it again, but cannot if the stack has termination protection.
FAILED = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"})


def failed_stacks(settings: Settings, clients: Clients) -> Iterator[Finding]:
    """Yields the stacks whose creation failed, with the commands that delete them."""
    yield from _failed_stacks(settings, clients("cloudformation"))
    if distributions_of(settings) and settings.region != US_EAST_1:
        yield from _failed_stacks(settings, clients(f"cloudformation@{US_EAST_1}"), f" --region {US_EAST_1}")


def _failed_stacks(settings: Settings, cloudformation: Any, region: str = "") -> Iterator[Finding]:
    """Yields the failed stacks of one region. `region` is the option for it in the printed commands."""
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    for stack in (stack for page in pages for stack in page["Stacks"]):
        name, status = stack["StackName"], stack["StackStatus"]
        if not name.startswith(f"orders-{settings.stage}-") or status not in FAILED:
            continue
        # Only the stage's own region has resources that are protected from deletion.
        commands = [] if region else list(_unprotect(cloudformation, name))
        if stack.get("EnableTerminationProtection"):
            commands.append(
                "aws cloudformation update-termination-protection --no-enable-termination-protection"
                f"{region} --stack-name {name}"
            )
        commands.append(f"aws cloudformation delete-stack{region} --stack-name {name}")
        commands.append(f"aws cloudformation wait stack-delete-complete{region} --stack-name {name}")
        yield Finding(
            f"{name} is {status}",
            "\n    ".join(["remove what is left of it, then deploy again:", *commands]),
        )


def _unprotect(cloudformation: Any, stack: str) -> Iterator[str]:
    """Yields the commands that unprotect the resources that CloudFormation could not delete."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    for resource in (each for page in pages for each in page["StackResourceSummaries"]):
        kind, name = resource["ResourceType"], resource.get("PhysicalResourceId")
        if not name or resource["ResourceStatus"] == "DELETE_COMPLETE":
            continue
        if kind == "AWS::DynamoDB::Table":
            yield f"aws dynamodb update-table --no-deletion-protection-enabled --table-name {name}"
        elif kind == "AWS::Cognito::UserPool":
            yield f"aws cognito-idp update-user-pool --deletion-protection INACTIVE --user-pool-id {name}"
