"""Checks of what the account has: its number, quotas, mail and secrets."""

from __future__ import annotations

import os
from collections.abc import Iterator

import boto3

from stacks.privacy import MAX_CONCURRENCY
from stacks.settings import Settings
from tools.preflight.finding import Clients, Finding

# An order's saga runs one step at a time, and two where it captures the payment and books the shipment
# (`stacks/state_machine.py`); an invocation of drive_order waits for as many orders as it was given.
_STEPS_AT_ONCE = 2
# For the API, the publisher, the sweep and mail, and for the jobs of customers' data.
_OTHERS = 20 + MAX_CONCURRENCY
# What Lambda keeps for functions without reserved concurrency.
_UNRESERVED = 100


def needed_concurrency(settings: Settings) -> int:
    """Returns how many functions run at the same time while every driver is busy."""
    return settings.max_concurrent_drivers * (1 + settings.orders_in_batch * _STEPS_AT_ONCE) + _OTHERS


def identity(settings: Settings, clients: Clients) -> Finding:
    """Checks that the credentials are those of the stage's account and region."""
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


def concurrency(settings: Settings, clients: Clients) -> Finding:
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


def reserved_concurrency(settings: Settings, clients: Clients) -> Finding:
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


def mail(settings: Settings, clients: Clients) -> Iterator[Finding]:
    """Checks the identity and the sending rate in SES, if the stage sends mail."""
    sender = settings.mail
    if sender is None:
        return
    ses = clients("sesv2")
    try:
        verified = ses.get_email_identity(EmailIdentity=sender.identity)["VerifiedForSendingStatus"]
    except ses.exceptions.NotFoundException:
        verified = False
    yield Finding(
        f"{sender.identity} is {'verified' if verified else 'not verified'} in SES",
        None if verified else f"verify {sender.identity} in SES, in this region",
    )
    account = ses.get_account()
    production = account["ProductionAccessEnabled"] and account["SendingEnabled"]
    rate = int(account["SendQuota"]["MaxSendRate"])
    remedy = None
    if not production:
        remedy = "ask for production access in SES: until then, only verified addresses get mail"
    elif rate < sender.sending_rate:
        remedy = (
            f"the settings expect {sender.sending_rate}: ask for a higher rate (Service Quotas, Amazon SES, "
            f"Sending rate), or set `sending_rate={rate}` in `mail` of stage {settings.stage}, with a "
            "`max_concurrency` that fits"
        )
    yield Finding(
        f"SES sends {rate} mails a second" + ("" if production else ", to verified addresses only"), remedy
    )


def secrets(settings: Settings, clients: Clients) -> Iterator[Finding]:
    """Checks that every secret that the settings name exists."""
    manager = clients("secretsmanager")
    for arn in settings.named_secrets:
        try:
            manager.describe_secret(SecretId=arn)
        except manager.exceptions.ResourceNotFoundException:
            yield Finding(
                f"no secret {arn}", "create the secret, or correct its ARN in stacks/settings/stages.py"
            )
        else:
            yield Finding(f"secret {arn.rpartition(':')[2]} is there")
