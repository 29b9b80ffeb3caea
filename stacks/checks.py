"""Checks of a stage's settings. Each problem is one line with the setting's name and the fix."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

from stacks.routes import ROUTE_ACCESS
from stacks.settings import LOG_LEVELS, SCOPES, Provider, Settings

_LAYERS = Path(__file__).resolve().parent.parent / "layers"
# A policy that names a secret by its name, or by an ARN without the random suffix, grants nothing ("Determine
# who has permissions to your secrets", AWS Secrets Manager).
_COMPLETE_ARN = r"arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+-[A-Za-z0-9]{6}"
# Names of other constructs of the user pool.
_RESERVED_NAMES = frozenset({"Domain", "Person", "Resource", "Scopes"})


def problems(settings: Settings, *, is_example: bool) -> Iterator[str]:
    """Yields one line for each setting that is missing or invalid."""
    if settings.protected:
        yield from _check_required(settings)
        yield from _check_public_origins(settings)
    yield from _check_account(settings)
    yield from _check_limits(settings)
    yield from _check_providers(settings, is_example=is_example)
    yield from _check_tokens(settings)
    yield from _check_addresses(settings)


def _check_required(settings: Settings) -> Iterator[str]:
    if not settings.account:
        yield '- account: set the AWS account to deploy to, for example account="123456789012"'
    if not settings.region:
        yield '- region: set the region to deploy to, for example region="eu-west-1"'
    for name in ("payments", "shipping"):
        if getattr(settings, name).is_sandbox:
            yield (
                f"- {name}: the sandbox moves neither money nor goods; set a real provider, "
                f'{name}=Provider("ordering.providers.<module>", "<ARN of its secret>")'
            )
    if not settings.alarm_receivers:
        yield (
            "- alarm_receivers: alarms would notify no one; set at least one receiver, "
            'alarm_receivers=("on-call@...",)'
        )


def _check_public_origins(settings: Settings) -> Iterator[str]:
    for origin in settings.web_origins:
        host = _host(origin)
        if host is not None and _is_loopback(host):
            yield f"- web_origins: {origin} is a developer's own machine; remove it"
        elif host is not None and not origin.startswith("https://"):
            yield f"- web_origins: {origin} must begin with https://"


def _check_account(settings: Settings) -> Iterator[str]:
    if settings.account is not None and not _matches(r"\d{12}", settings.account):
        yield f"- account: {settings.account!r} is not an account number: write its twelve digits in quotes"
    if settings.region is not None and not _matches(r"[a-z]{2}(-[a-z]+)+-\d", settings.region):
        yield f"- region: {settings.region!r} is not a region: write eu-west-1, for example"
    if settings.domain and settings.region:
        certificate = settings.domain.certificate_arn
        if not _matches(rf"arn:[a-z-]+:acm:{settings.region}:\d{{12}}:certificate/.+", certificate):
            yield f"- domain: {certificate!r} is not the ARN of an ACM certificate in {settings.region}"


def _check_limits(settings: Settings) -> Iterator[str]:
    if settings.log_level not in LOG_LEVELS:
        yield (
            f"- log_level: {settings.log_level!r} is not DEBUG or INFO; above INFO, Lambda drops the metrics "
            "that the alarms watch"
        )
    # ScalingConfig, and BatchSize without a batching window, of AWS::Lambda::EventSourceMapping.
    if not 2 <= settings.max_concurrent_drivers <= 1000:
        yield (
            f"- max_concurrent_drivers: {settings.max_concurrent_drivers} is not a number from 2 to 1000, "
            "the range that Lambda allows"
        )
    if not 1 <= settings.orders_in_batch <= 10:
        yield (
            f"- orders_in_batch: {settings.orders_in_batch} is not a number from 1 to 10, "
            "the range that Lambda allows"
        )
    for key in settings.route_throttles.keys() - {route.key for route in ROUTE_ACCESS}:
        yield f"- route_throttles: there is no route {key}"


def _check_providers(settings: Settings, *, is_example: bool) -> Iterator[str]:
    for name in ("payments", "shipping"):
        provider: Provider = getattr(settings, name)
        is_placeholder = provider.module.startswith("example_") and not is_example
        if not _exists(provider.module) or is_placeholder:
            path = provider.module.replace(".", "/")
            yield f"- {name}: there is no module {provider.module} (layers/{path}.py)"
        if provider.secret_arn is not None and not _matches(_COMPLETE_ARN, provider.secret_arn):
            yield (
                f"- {name}: {provider.secret_arn!r} is not a secret: "
                "set its complete ARN with the random suffix"
            )
    for issuer in settings.additional_issuers:
        if issuer.secret_arn is not None and not _matches(_COMPLETE_ARN, issuer.secret_arn):
            yield (
                f"- additional_issuers: {issuer.secret_arn!r} is not a secret: "
                "set its complete ARN with the random suffix"
            )


def _check_tokens(settings: Settings) -> Iterator[str]:
    names = [client.name for client in settings.machine_clients]
    for client in settings.machine_clients:
        if not _matches("[A-Z][A-Za-z0-9]*", client.name) or client.name in _RESERVED_NAMES:
            yield (
                f"- machine_clients: {client.name!r} is not allowed as a name: use letters and digits, "
                f"a capital letter first, and none of {', '.join(sorted(_RESERVED_NAMES))}"
            )
        if names.count(client.name) > 1:
            yield f"- machine_clients: two of them are named {client.name}"
        if not client.scopes or set(client.scopes) - SCOPES.keys():
            yield f"- machine_clients: {client.name} needs scopes, each one of {', '.join(SCOPES)}"
    if not settings.issuer and not settings.machine_clients and not settings.web_origins:
        yield "- machine_clients: no client could get a token; set machine_clients, web_origins or issuer"
    if settings.local:
        # The local issuer runs on the laptop; its address is known only when it runs.
        return
    if settings.issuer and not settings.issuer.startswith("https://"):
        yield f"- issuer: {settings.issuer} must begin with https://"
    if settings.issuer and not settings.audience:
        yield "- audience: set the audience of the issuer's tokens; tokens without it would be refused"
    if settings.audience and not settings.issuer:
        yield "- audience: the user pool's audience is its clients; set an issuer, or remove the audience"
    if settings.additional_issuers and not settings.lambda_authoriser:
        yield (
            "- additional_issuers: only the Lambda authoriser can trust several issuers; "
            "set lambda_authoriser=True"
        )


def _check_addresses(settings: Settings) -> Iterator[str]:
    for receiver in settings.alarm_receivers:
        if not _matches(r"https://[^/\s]+(/\S*)?|[^@\s/:]+@[^@\s/:]+\.[^@\s/:.]+", receiver):
            yield f"- alarm_receivers: {receiver!r} is neither an e-mail address nor an https:// address"
    if len(set(settings.alarm_receivers)) < len(settings.alarm_receivers):
        yield "- alarm_receivers: one of them is named twice"
    for origin in settings.web_origins:
        if _host(origin) is None:
            yield (
                f"- web_origins: {origin!r} is not an origin: write scheme://host or scheme://host:port, "
                "without a path"
            )


def _matches(pattern: str, text: object) -> bool:
    return isinstance(text, str) and re.fullmatch(pattern, text) is not None


def _host(origin: str) -> str | None:
    """Returns the host of an origin as a browser writes it (RFC 6454, section 6.2); None if invalid."""
    match = re.fullmatch(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?", origin)
    return match[1] if match else None


def _is_loopback(host: str) -> bool:
    """Whether a host is the local machine, by its name (RFC 6761, section 6.3) or by its address."""
    name = host.strip("[]").rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _exists(module: str) -> bool:
    """Whether a module of `ordering` exists. A module of another package cannot be checked here.

    This looks for the file, because importing the module would need packages that only the functions have.
    """
    if module.partition(".")[0] != "ordering":
        return True
    path = _LAYERS.joinpath(*module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()
