"""What a protected stage must have before it is synthesised, and in which account a stage may be deployed."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

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

_LAYERS = Path(__file__).resolve().parent.parent / "layers"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


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
    if found := list(_problems(settings)):
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


def _problems(settings: Settings) -> Iterator[str]:
    """A line for each setting that is missing or wrong."""
    if settings.protected:
        yield from _missing(settings)
    yield from _wrong(settings)


def _missing(settings: Settings) -> Iterator[str]:
    if not settings.account:
        yield '- account: name the AWS account it is deployed to, account="123456789012"'
    if not settings.region:
        yield '- region: name the region it is deployed to, region="eu-west-1"'
    for name in ("payments", "shipping"):
        if getattr(settings, name).is_sandbox:
            yield (
                f"- {name}: the sandbox moves no money and no goods; name a provider of your own, "
                f'{name}=Provider("ordering.gateway.<module>", "<ARN of its secret>")'
            )
    if not settings.alarm_receivers:
        yield '- alarm_receivers: nobody would hear an alarm; name who does, alarm_receivers=("on-call@...",)'
    for origin in settings.web_origins:
        if urlsplit(origin).hostname in _LOOPBACK:
            yield f"- web_origins: {origin} is a developer's own machine; take it out"


def _wrong(settings: Settings) -> Iterator[str]:
    for receiver in settings.alarm_receivers:
        if not receiver.startswith("https://") and "@" not in receiver:
            yield f"- alarm_receivers: {receiver!r} is neither an e-mail address nor an https:// address"
    for name in ("payments", "shipping"):
        provider: Provider = getattr(settings, name)
        if not _exists(provider.module):
            path = provider.module.replace(".", "/")
            yield f"- {name}: there is no module {provider.module} (layers/{path}.py)"
    if not settings.issuer and not settings.machine_clients and not settings.web_origins:
        yield "- machine_clients: without one, and without web_origins or an issuer, nobody could get a token"


def _exists(module: str) -> bool:
    """Whether a module of the product's own is there; one of a package cannot be seen from here.

    By its file, so that nothing is imported that only the functions need.
    """
    if module.partition(".")[0] != "ordering":
        return True
    path = _LAYERS.joinpath(*module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()
