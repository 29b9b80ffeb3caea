"""Refuses to synthesise a stage with invalid settings, or with credentials of the wrong account or region."""

from collections.abc import Mapping
from dataclasses import replace

from stacks.settings import Provider, Settings
from stacks.settings.checks.problems import problems

# No AWS account has this number, so a stage with it can be synthesised but not deployed.
EXAMPLE_ACCOUNT = "000000000000"
_EXAMPLE_REGION = "eu-west-1"
_EXAMPLE_PAYMENTS = Provider(
    "example_payments", f"arn:aws:secretsmanager:{_EXAMPLE_REGION}:{EXAMPLE_ACCOUNT}:secret:payments-AbCdEf"
)
_EXAMPLE_SHIPPING = Provider(
    "example_shipping", f"arn:aws:secretsmanager:{_EXAMPLE_REGION}:{EXAMPLE_ACCOUNT}:secret:shipping-AbCdEf"
)
_EXAMPLE_RECEIVER = "on-call@example.com"


def with_examples(settings: Settings) -> Settings:
    """Returns the settings of a protected stage with an example value for each one that is still missing.

    If any value is filled in, the account becomes `EXAMPLE_ACCOUNT` too. Settings of other stages are
    returned unchanged.
    """
    if not settings.protected:
        return settings
    filled = replace(
        settings,
        account=settings.account or EXAMPLE_ACCOUNT,
        region=settings.region or _EXAMPLE_REGION,
        payments=_EXAMPLE_PAYMENTS if settings.payments.is_sandbox else settings.payments,
        shipping=_EXAMPLE_SHIPPING if settings.shipping.is_sandbox else settings.shipping,
        alarm_receivers=settings.alarm_receivers or (_EXAMPLE_RECEIVER,),
    )
    return settings if filled == settings else replace(filled, account=EXAMPLE_ACCOUNT)


def is_example(settings: Settings) -> bool:
    """Whether the settings contain example values, so that the stage can be synthesised but not deployed."""
    return settings.account == EXAMPLE_ACCOUNT


def require_complete(settings: Settings) -> None:
    """Raises SystemExit with one line for each setting that is missing or invalid, and its fix."""
    if found := list(problems(settings, is_example=is_example(settings))):
        raise SystemExit(
            "\n".join([f"Stage {settings.stage} cannot be synthesised (stacks/settings/stages.py):", *found])
        )


def require_account(settings: Settings, environment: Mapping[str, str]) -> None:
    """Raises SystemExit if the current credentials are for another account or region than the stage's.

    `environment` is the process's environment, in which the CDK CLI passes the account and the region of the
    credentials (`CDK_DEFAULT_ACCOUNT`, `CDK_DEFAULT_REGION`). Nothing is checked without credentials, or for
    a stage with example values, which cannot be deployed.
    """
    account = environment.get("CDK_DEFAULT_ACCOUNT")
    if not account or is_example(settings):
        return
    region = environment.get("CDK_DEFAULT_REGION")
    for wanted, found, name, remedy in (
        (settings.account, account, "account", "AWS_PROFILE"),
        (settings.region, region, "region", "AWS_REGION"),
    ):
        if wanted and found and found != wanted:
            raise SystemExit(
                f"Stage {settings.stage} belongs to {name} {wanted} (stacks/settings/stages.py), but the "
                f"current credentials are for {name} {found}: set {remedy}."
            )
