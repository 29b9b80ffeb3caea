"""Checks an AWS account before a deployment: quotas, mail, secrets, and remains of a failed deployment.

    make preflight STAGE=prod

It reads with the caller's credentials and changes nothing. It prints a line for each check; the exit status
is 1 if one failed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from ordering.repositories.keys import DUE, LISTING
from stacks.settings import (
    US_EAST_1,
    CustomerKey,
    DistributionSettings,
    Settings,
    UserPoolPlan,
    WarmThroughput,
    distributions_of,
    settings_for,
)
from stacks.settings.protection import require_complete

Clients = Callable[[str], Any]
"""service → its client in the stage's region; `acm@us-east-1` → its client in another one."""

# Written by `cdk bootstrap` in each region ("Bootstrapping", AWS CDK).
_BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"

# An order's saga runs one step at a time, and two where it captures the payment and books the shipment
# (`stacks/state_machine.py`); an invocation of drive_order waits for as many orders as it was given.
_STEPS_AT_ONCE = 2
# For the API, the publisher, the sweep and mail.
_OTHERS = 20
# What Lambda keeps for functions without reserved concurrency.
_UNRESERVED = 100

# The statuses of a stack whose creation failed. The command line of CDK deletes such a stack before it
# creates it again, but cannot if the stack has termination protection.
_FAILED = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"})

# The stacks of the functions that use what the data stack stores.
_FUNCTIONS = ("events", "privacy", "saga", "media", "reporting", "realtime", "webhooks", "api", "admin")
# Of these, the ones that a setting of the same name adds.
_OPTIONAL = ("media", "reporting", "realtime", "webhooks")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `remedy` is None if it passed."""

    found: str
    remedy: str | None = None


def needed_concurrency(settings: Settings) -> int:
    """Returns how many functions run at the same time while every driver is busy."""
    return settings.max_concurrent_drivers * (1 + settings.orders_in_batch * _STEPS_AT_ONCE) + _OTHERS


def check(settings: Settings, clients: Clients) -> Iterator[Finding]:
    """Yields the findings of every check. Raises the errors of the SDK."""
    account = _account(settings, clients)
    yield account
    if account.remedy:
        # The other checks would then describe another account.
        return
    yield _concurrency(settings, clients)
    if settings.reserved_concurrency:
        yield _reserved(settings, clients)
    yield from _mail(settings, clients)
    yield from _secrets(settings, clients)
    yield from _stacks(settings, clients)
    yield from _keys(settings, clients)
    yield from _plan(settings, clients)
    if settings.warm_throughput:
        yield from _warm_throughput(settings.warm_throughput, settings.stage, clients)
    if distributions := distributions_of(settings):
        yield _bootstrap_of_us_east_1(clients)
        for name, distribution in distributions.items():
            yield from _certificate(name, distribution, clients)


def _account(settings: Settings, clients: Clients) -> Finding:
    account, region = clients("sts").get_caller_identity()["Account"], _callers_region()
    here = f"account {account}, {region}"
    if (settings.account or account, settings.region or region) == (account, region):
        return Finding(here)
    return Finding(
        here,
        f"stage {settings.stage} belongs to account {settings.account}, {settings.region}: "
        "set AWS_PROFILE and AWS_REGION",
    )


def _callers_region() -> str | None:
    """Returns the region of the caller's environment or profile."""
    return os.environ.get("AWS_REGION") or boto3.Session().region_name


def _concurrency(settings: Settings, clients: Clients) -> Finding:
    """Checks the quota of concurrent executions, which is ten in a new account: one driver may need all."""
    quota = clients("lambda").get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    needed = needed_concurrency(settings)
    found = f"{quota} concurrent executions, of which {settings.max_concurrent_drivers} drivers need {needed}"
    if quota >= needed:
        return Finding(found)
    return Finding(
        found,
        f"ask for {needed} or more (Service Quotas, AWS Lambda, Concurrent executions), or lower "
        f"`max_concurrent_drivers` of stage {settings.stage}",
    )


def _reserved(settings: Settings, clients: Clients) -> Finding:
    """Checks that the reserved concurrency fits into the account's quota.

    Lambda keeps a hundred executions for functions without reserved concurrency ("Configuring reserved
    concurrency for a function", AWS Lambda). What the account's other functions reserve is not known here.
    """
    quota = clients("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    reserved = sum(settings.reserved_concurrency.values())
    found = f"{reserved} of {quota} concurrent executions are reserved"
    if quota - reserved >= _UNRESERVED:
        return Finding(found)
    return Finding(
        found,
        f"Lambda keeps {_UNRESERVED} unreserved: lower `reserved_concurrency` of stage {settings.stage}, or "
        f"ask for {reserved + _UNRESERVED} or more (Service Quotas, AWS Lambda, Concurrent executions)",
    )


def _mail(settings: Settings, clients: Clients) -> Iterator[Finding]:
    mail = settings.mail
    if mail is None:
        return
    ses = clients("sesv2")
    try:
        verified = ses.get_email_identity(EmailIdentity=mail.identity)["VerifiedForSendingStatus"]
    except ses.exceptions.NotFoundException:
        verified = False
    yield Finding(
        f"{mail.identity} is {'verified' if verified else 'not verified'} in SES",
        None if verified else f"verify {mail.identity} in SES, in this region",
    )
    account = ses.get_account()
    production = account["ProductionAccessEnabled"] and account["SendingEnabled"]
    rate = int(account["SendQuota"]["MaxSendRate"])
    remedy = None
    if not production:
        remedy = "ask for production access in SES: until then, only verified addresses get mail"
    elif rate < mail.sending_rate:
        remedy = (
            f"the settings expect {mail.sending_rate}: ask for a higher rate (Service Quotas, Amazon SES, "
            f"Sending rate), or set `sending_rate={rate}` in `mail` of stage {settings.stage}, with a "
            "`max_concurrency` that fits"
        )
    yield Finding(
        f"SES sends {rate} mails a second" + ("" if production else ", to verified addresses only"), remedy
    )


def _secrets(settings: Settings, clients: Clients) -> Iterator[Finding]:
    arns = [settings.payments.secret_arn, settings.shipping.secret_arn]
    arns += [issuer.secret_arn for issuer in settings.additional_issuers]
    manager = clients("secretsmanager")
    for arn in dict.fromkeys(arn for arn in arns if arn):
        try:
            manager.describe_secret(SecretId=arn)
        except manager.exceptions.ResourceNotFoundException:
            yield Finding(
                f"no secret {arn}", "create the secret, or correct its ARN in stacks/settings/stages.py"
            )
        else:
            yield Finding(f"secret {arn.rpartition(':')[2]} is there")


def _stacks(settings: Settings, clients: Clients) -> Iterator[Finding]:
    """Yields the stacks whose creation failed, with the commands that delete them."""
    yield from _failed_stacks(settings, clients("cloudformation"))
    if distributions_of(settings) and settings.region != US_EAST_1:
        yield from _failed_stacks(settings, clients(f"cloudformation@{US_EAST_1}"), f" --region {US_EAST_1}")


def _failed_stacks(settings: Settings, cloudformation: Any, region: str = "") -> Iterator[Finding]:
    """Yields the failed stacks of one region. `region` is the option for it in the printed commands."""
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    for stack in (stack for page in pages for stack in page["Stacks"]):
        name, status = stack["StackName"], stack["StackStatus"]
        if not name.startswith(f"orders-{settings.stage}-") or status not in _FAILED:
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


def _keys(settings: Settings, clients: Clients) -> Iterator[Finding]:
    """Yields a finding if the customer's key would be changed in one step (docs/deploying.md).

    The outputs tell which keys the functions of each deployed stack may use, and which one is in use.
    """
    outputs = _outputs(clients, settings.stage)
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


def _warm_throughput(warm: WarmThroughput, stage: str, clients: Clients) -> Iterator[Finding]:
    """Yields a finding if the table, or one of its indexes, has more than the settings ask for.

    AWS refuses to lower it, so the deployment would fail and be rolled back. Traffic raises it as well.
    """
    outputs = _outputs(clients, stage).get("data", {})
    if "TableName" not in outputs:
        return
    table = clients("dynamodb").describe_table(TableName=outputs["TableName"])["Table"]
    throughputs = {"the table": table.get("WarmThroughput", {})}
    for index in table.get("GlobalSecondaryIndexes", ()):
        if index["IndexName"] in (LISTING, DUE):
            throughputs[f"index {index['IndexName']}"] = index.get("WarmThroughput", {})
    for place, has in throughputs.items():
        reads, writes = (has.get(f"{kind}UnitsPerSecond", 0) for kind in ("Read", "Write"))
        higher = reads > warm.read_units_per_second or writes > warm.write_units_per_second
        yield Finding(
            f"{place} has a warm throughput of {reads} reads and {writes} writes a second",
            f"AWS cannot lower it: in stage {stage}, set `warm_throughput=None`, or values that are at least "
            "those of the table and its indexes"
            if higher
            else None,
        )


def _outputs(clients: Clients, stage: str) -> dict[str, dict[str, str]]:
    """Returns stack (`data`) → its outputs, of the deployed stacks of a stage whose creation did not fail."""
    pages = clients("cloudformation").get_paginator("describe_stacks").paginate()
    return {
        stack["StackName"].removeprefix(f"orders-{stage}-"): {
            output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())
        }
        for page in pages
        for stack in page["Stacks"]
        if stack["StackStatus"] not in _FAILED
    }


def _bootstrap_of_us_east_1(clients: Clients) -> Finding:
    """Checks that the bootstrap stack of CDK exists where the stacks of distributions are."""
    ssm = clients(f"ssm@{US_EAST_1}")
    try:
        ssm.get_parameter(Name=_BOOTSTRAP)
    except ssm.exceptions.ParameterNotFound:
        return Finding(
            f"{US_EAST_1}, where distributions are deployed to, is not bootstrapped",
            f"npx cdk bootstrap aws://ACCOUNT/{US_EAST_1}, with the account's number",
        )
    return Finding(f"{US_EAST_1} is bootstrapped")


def _certificate(name: str, distribution: DistributionSettings, clients: Clients) -> Iterator[Finding]:
    """Checks the certificate of a distribution; `name` is that of its setting (`edge`)."""
    if not distribution.certificate_arn:
        return
    acm = clients(f"acm@{US_EAST_1}")
    try:
        certificate = acm.describe_certificate(CertificateArn=distribution.certificate_arn)["Certificate"]
    except acm.exceptions.ResourceNotFoundException:
        yield Finding(
            f"no certificate {distribution.certificate_arn} in {US_EAST_1}",
            "request it there, or correct `certificate_arn` in stacks/settings/stages.py",
        )
        return
    names = certificate.get("SubjectAlternativeNames", [certificate["DomainName"]])
    missing = [alias for alias in distribution.aliases if not any(_covers(name, alias) for name in names)]
    remedy = None
    if certificate["Status"] != "ISSUED":
        remedy = "add the DNS records that ACM names, and wait until it is issued"
    elif missing:
        remedy = f"request one that has {', '.join(missing)} too, or remove these aliases"
    yield Finding(f"the certificate of {name} is {certificate['Status']}, for {', '.join(names)}", remedy)


def _covers(name: str, alias: str) -> bool:
    """Whether a name of a certificate covers an alias: `*` is one label (RFC 6125, section 6.4.3)."""
    return name == alias or (name.startswith("*.") and alias.partition(".")[2] == name[2:])


def _plan(settings: Settings, clients: Clients) -> Iterator[Finding]:
    """Yields a finding if the plan of the user pool would be lowered while it is needed.

    CloudFormation changes the pool before its domain and clients, which still use features of the plan.
    """
    if settings.issuer or settings.user_pool_plan is UserPoolPlan.ESSENTIALS:
        return
    for page in clients("cloudformation").get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            outputs = {output["OutputKey"] for output in stack.get("Outputs", ())}
            if stack["StackName"] == f"orders-{settings.stage}-identity" and "UsesEssentials" in outputs:
                yield Finding(
                    "the user pool still uses features of the plan ESSENTIALS",
                    "deploy managed_login=False and rotate_refresh_tokens=False first, then the plan LITE",
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


def _client(settings: Settings, service: str) -> Any:
    name, _, region = service.partition("@")
    return boto3.client(name, region_name=region or settings.region)


def main(stage: str) -> int:
    """Print what was found; returns the exit status."""
    settings = settings_for(stage)
    require_complete(settings)
    failed = False
    try:
        for finding in check(settings, partial(_client, settings)):
            failed |= finding.remedy is not None
            print(f"  {'✗' if finding.remedy else '✓'} {finding.found}")
            if finding.remedy:
                print(f"    {finding.remedy}")
    except (BotoCoreError, ClientError) as error:
        print(f"  ✗ AWS cannot be asked: {error}")
        return 1
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "dev"))
