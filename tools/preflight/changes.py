"""Checks for changes of deployed stacks that AWS would refuse, or that need two deployments."""

from __future__ import annotations

from collections.abc import Iterator

from ordering.repositories.keys import DUE, LISTING
from stacks.settings import CustomerKey, Settings, UserPoolPlan, WarmThroughput
from tools.preflight.failed_stacks import FAILED
from tools.preflight.finding import Clients, Finding

# The stacks of the functions that use what the data stack stores.
_FUNCTIONS = ("events", "privacy", "saga", "media", "reporting", "realtime", "webhooks", "api", "admin")
# Of these, the ones that a setting of the same name adds.
_OPTIONAL = ("media", "reporting", "realtime", "webhooks")


def stack_outputs(clients: Clients, stage: str) -> dict[str, dict[str, str]]:
    """Returns stack (`data`) → its outputs, of the deployed stacks of a stage whose creation did not fail."""
    pages = clients("cloudformation").get_paginator("describe_stacks").paginate()
    return {
        stack["StackName"].removeprefix(f"orders-{stage}-"): {
            output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())
        }
        for page in pages
        for stack in page["Stacks"]
        if stack["StackStatus"] not in FAILED
    }


def encryption(settings: Settings, clients: Clients) -> Iterator[Finding]:
    """Yields a finding if the customer's key would be changed in one step (docs/deploying.md).

    The outputs tell which keys the functions of each deployed stack may use, and which one is in use.
    """
    outputs = stack_outputs(clients, settings.stage)
    # If a setting was removed, its stack still exists until its owner deletes it.
    stacks = [
        stack
        for stack in _FUNCTIONS
        if stack in outputs and (stack not in _OPTIONAL or getattr(settings, stack))
    ]
    allowed = [set(outputs[stack].get("MayUseKeys", "").split()) for stack in stacks]
    used = outputs.get("data", {}).get("EncryptedWithKey")
    wanted = settings.encryption or CustomerKey(new_data=False, numbers=())
    if wanted.new_data and allowed and str(wanted.numbers[-1]) not in set.intersection(*allowed):
        first = CustomerKey(new_data=False, numbers=wanted.numbers)
        yield Finding(
            f"the deployed functions may not use key {wanted.numbers[-1]} yet: they would fail during this "
            "deployment",
            f"deploy encryption={first} first, then this",
        )
    if used and int(used) not in wanted.numbers:
        first = CustomerKey(new_data=False, numbers=tuple(sorted({int(used), *wanted.numbers})))
        yield Finding(
            f"the table is encrypted with key {used}, which the settings no longer have",
            f"deploy encryption={first} first; docs/deploying.md says when a key may be given up",
        )


def user_pool_plan(settings: Settings, clients: Clients) -> Iterator[Finding]:
    """Yields a finding if the plan of the user pool would be lowered while it is needed.

    CloudFormation changes the pool before its domain and clients, which still use features of the plan.
    """
    if settings.issuer or settings.user_pool_plan is UserPoolPlan.ESSENTIALS:
        return
    if "UsesEssentials" in stack_outputs(clients, settings.stage).get("identity", {}):
        yield Finding(
            "the user pool still uses features of the plan ESSENTIALS",
            "deploy managed_login=False and rotate_refresh_tokens=False first, then the plan LITE",
        )


def warm_throughput(warm: WarmThroughput, stage: str, clients: Clients) -> Iterator[Finding]:
    """Yields a finding for the table and for each index of orders.

    AWS refuses to lower what one of them has, so the deployment of a changed setting would fail and be rolled
    back. If the setting is the deployed one, CloudFormation changes nothing, and whatever is higher has been
    raised by traffic.
    """
    outputs = stack_outputs(clients, stage).get("data", {})
    if "TableName" not in outputs:
        return
    is_deployed = outputs.get("WarmThroughput") == str(warm)
    table = clients("dynamodb").describe_table(TableName=outputs["TableName"])["Table"]
    throughputs = {"the table": table.get("WarmThroughput", {})}
    for index in table.get("GlobalSecondaryIndexes", ()):
        if index["IndexName"] in (LISTING, DUE):
            throughputs[f"index {index['IndexName']}"] = index.get("WarmThroughput", {})
    for place, has in throughputs.items():
        reads, writes = (has.get(f"{kind}UnitsPerSecond", 0) for kind in ("Read", "Write"))
        higher = reads > warm.read_units_per_second or writes > warm.write_units_per_second
        found = f"{place} has a warm throughput of {reads} reads and {writes} writes a second"
        if higher and is_deployed:
            found += ", raised by its traffic"
        yield Finding(
            found,
            f"AWS cannot lower it: in stage {stage}, set `warm_throughput=None`, or values that are at least "
            "those of the table and its indexes"
            if higher and not is_deployed
            else None,
        )
