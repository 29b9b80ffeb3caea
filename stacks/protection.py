"""What a protected stage must have before it is synthesised, and in which account a stage may be deployed."""

from collections.abc import Mapping
from dataclasses import replace

from stacks.checks import problems
from stacks.settings import Provider, Settings

# No account has this number, so that what is filled in with it can be synthesised and never deployed.
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
    """The settings with an example in each place that the owner of a protected stage has left empty.

    If anything is filled in, the account is `EXAMPLE_ACCOUNT` as well. Other stages are returned as they are.
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
    """Whether the settings hold examples, and can be synthesised only."""
    return settings.account == EXAMPLE_ACCOUNT


def require_complete(settings: Settings) -> None:
    """Raise SystemExit with every setting that is missing or wrong, each with what to write in its place."""
    if found := list(problems(settings, is_example=is_example(settings))):
        raise SystemExit(
            "\n".join([f"Stage {settings.stage} cannot be synthesised (stacks/settings.py):", *found])
        )


def require_account(settings: Settings, environment: Mapping[str, str]) -> None:
    """Raise SystemExit if the credentials at hand are of another account or region than the stage's.

    `environment` is the process's: the command line of CDK says there what it has found
    (`CDK_DEFAULT_ACCOUNT`, `CDK_DEFAULT_REGION`). Without credentials there is nothing to compare; a stage
    with examples is never deployed.
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
                f"Stage {settings.stage} belongs to {name} {wanted} (stacks/settings.py), and the "
                f"credentials at hand are for {name} {found}: set {remedy}."
            )
