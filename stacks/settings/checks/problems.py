"""Checks of a stage's settings. Each problem is one line with the setting's name and the fix."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from zoneinfo import available_timezones

from ordering.domain.sales import MAX_SHARDS
from ordering.repositories.keys import DUE, LISTING
from stacks.routes import ROUTE_ACCESS
from stacks.settings import (
    EXECUTION_LOG_LEVELS,
    LOG_LEVELS,
    MAILS_PER_SECOND,
    SANDBOX_PAYMENTS,
    SANDBOX_SHIPPING,
    Backups,
    Budget,
    Canary,
    CustomerKey,
    Domain,
    MailSettings,
    Media,
    Provider,
    Realtime,
    Reporting,
    RestoredTable,
    Settings,
    WarmThroughput,
    WebhookSettings,
)
from stacks.settings.checks.edge import edge_problems
from stacks.settings.checks.events import event_problems
from stacks.settings.checks.functions import function_problems
from stacks.settings.checks.tokens import is_https, token_problems
from stacks.settings.checks.types import type_problems
from stacks.settings.checks.web import web_problems

_LAYERS = Path(__file__).resolve().parents[3] / "layers"
# With its random suffix: a policy with a secret's name, or with an ARN without the suffix, grants nothing
# ("Determine who has permissions to your secrets", AWS Secrets Manager).
_COMPLETE_ARN = r"arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+-[A-Za-z0-9]{6}"
# A domain name as in a certificate, in lower case (RFC 1035, section 2.3.1).
_DOMAIN = r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
_ADDRESS = r"[^@\s/:]+@[^@\s/:]+\.[^@\s/:.]+"
# At least 15: a step makes up to three calls to AWS of four seconds each, or one to a provider of five
# seconds. At most 60, so that the state machine, which has 120 seconds, can retry a step that has timed out.
_STEP_SECONDS = range(15, 61)
# The sweep runs once a minute. After an hour, the alarm OrdersStandStill reports an order without progress.
_STUCK_AFTER_SECONDS = range(60, 3601)
# "Metering, costs, and billing for AWS Backup" asks for at least a week; a lifecycle has at most 36,500 days.
_BACKUP_DAYS = range(7, 36_501)
# They are a variable of a function, whose variables have 4 KB in all ("Lambda quotas").
_REPORT_RECEIVERS = 20


def problems(settings: Settings, *, is_example: bool) -> Iterator[str]:
    """Yields one line for each setting that is missing or invalid.

    The other checks need the right types, so they are skipped if a type is wrong.
    """
    if wrong_types := list(type_problems(settings)):
        yield from wrong_types
        return
    if settings.protected:
        yield from _check_required(settings)
        yield from _check_public_origins(settings)
    yield from _check_account(settings)
    yield from _check_limits(settings)
    yield from function_problems(settings)
    yield from event_problems(settings)
    yield from edge_problems(settings)
    yield from web_problems(settings)
    yield from _check_providers(settings, is_example=is_example)
    yield from token_problems(settings)
    yield from _check_addresses(settings)
    if settings.domain:
        yield from _check_domain(settings.domain, settings.region)
    if settings.mail:
        yield from _check_mail(settings.mail)
    if settings.budget:
        yield from _check_budget(settings.budget)
    if settings.backups:
        yield from _check_backups(settings.backups, is_local=settings.local)
    if settings.warm_throughput:
        yield from _check_warm_throughput(settings.warm_throughput, settings.restored_table)
    if settings.restored_table:
        yield from _check_restored_table(settings.restored_table, settings)
    if settings.encryption:
        yield from _check_encryption(settings.encryption, is_local=settings.local)
    if settings.canary:
        yield from _check_canary(settings.canary, settings)
    if settings.media:
        yield from _check_concurrency("media", settings.media)
    if settings.reporting:
        yield from _check_reporting(settings.reporting, sends_mail=settings.mail is not None)
    if settings.realtime:
        yield from _check_concurrency("realtime", settings.realtime)
    if settings.webhooks:
        yield from _check_concurrency("webhooks", settings.webhooks)


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
    # The stage's name is part of the names of stacks, of log groups and of the user pool's domain.
    if not _matches("[a-z][a-z0-9]{0,19}", settings.stage):
        yield f"- stage: {settings.stage!r} is not a name: use up to 20 small letters and digits"
    if settings.local and settings.protected:
        yield "- protected: the local engine keeps nothing; set protected=False in stage local"
    if settings.account is not None and not _matches(r"\d{12}", settings.account):
        yield f"- account: {settings.account!r} is not an account number: write its twelve digits in quotes"
    if settings.region is not None and not _matches(r"[a-z]{2}(-[a-z]+)+-\d", settings.region):
        yield f"- region: {settings.region!r} is not a region: write eu-west-1, for example"


def _check_limits(settings: Settings) -> Iterator[str]:
    if settings.log_level not in LOG_LEVELS:
        yield (
            f"- log_level: {settings.log_level!r} is not DEBUG or INFO; above INFO, Lambda drops the metrics "
            "that the alarms watch"
        )
    if settings.execution_log_level not in EXECUTION_LOG_LEVELS:
        yield (
            f"- execution_log_level: {settings.execution_log_level!r} is not ALL or ERROR; the other "
            "levels of Step Functions leave out faults of steps"
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
    # AWS::Events::Archive, RetentionDays: "If set to 0, events are retained indefinitely".
    if settings.event_archive_days is not None and settings.event_archive_days < 1:
        yield (
            f"- event_archive_days: {settings.event_archive_days} is not a number of days; set 1 or more, "
            "or None for no archive"
        )
    for name, seconds, allowed in (
        ("step_seconds", settings.step_seconds, _STEP_SECONDS),
        ("stuck_after_seconds", settings.stuck_after_seconds, _STUCK_AFTER_SECONDS),
        ("call_seconds", settings.call_seconds, range(1, settings.step_seconds)),
    ):
        if seconds is not None and seconds not in allowed:
            less = ", less than step_seconds" if name == "call_seconds" else ""
            yield f"- {name}: {seconds} is not a number from {allowed.start} to {allowed.stop - 1}{less}"
    yield from _check_throttles(settings)


def _check_throttles(settings: Settings) -> Iterator[str]:
    for key in sorted(settings.route_throttles.keys() - {route.key for route in ROUTE_ACCESS}):
        yield f"- route_throttles: there is no route {key}"
    throttles = {f"route_throttles {key!r}": each for key, each in settings.route_throttles.items()}
    if settings.realtime:
        throttles["realtime: throttle"] = settings.realtime.throttle
    for name, throttle in {"throttle": settings.throttle, **throttles}.items():
        # With 0, API Gateway refuses every request.
        if throttle.requests_per_second < 1 or throttle.burst < 1:
            yield f"- {name}: {throttle} refuses every request: set both numbers to at least 1"


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
        elif provider.secret_arn is not None and not is_example:
            region = provider.secret_arn.split(":")[3]
            if settings.region and region != settings.region:
                yield f"- {name}: its secret is in {region}; the functions read it in {settings.region}"
    for name, other in (("payments", SANDBOX_SHIPPING), ("shipping", SANDBOX_PAYMENTS)):
        if getattr(settings, name).module == other.module:
            yield f"- {name}: {other.module} is of the other kind; swap payments and shipping"
    for issuer in settings.additional_issuers:
        if issuer.secret_arn is not None and not _matches(_COMPLETE_ARN, issuer.secret_arn):
            yield (
                f"- additional_issuers: {issuer.secret_arn!r} is not a secret: "
                "set its complete ARN with the random suffix"
            )


def _check_addresses(settings: Settings) -> Iterator[str]:
    for receiver in settings.alarm_receivers:
        if not _matches(rf"https://[^/\s]+(/\S*)?|{_ADDRESS}", receiver):
            yield f"- alarm_receivers: {receiver!r} is neither an e-mail address nor an https:// address"
    if len(set(settings.alarm_receivers)) < len(settings.alarm_receivers):
        yield "- alarm_receivers: one of them is named twice"
    for origin in settings.web_origins:
        if _host(origin) is None:
            yield (
                f"- web_origins: {origin!r} is not an origin: write scheme://host or scheme://host:port, "
                "without a path"
            )
    if len(set(settings.web_origins)) < len(settings.web_origins):
        yield "- web_origins: one of them is named twice; remove it"


def _check_domain(domain: Domain, region: str | None) -> Iterator[str]:
    if not _matches(_DOMAIN, domain.name):
        yield f"- domain: {domain.name!r} is not a domain name: write orders.example.com, in small letters"
    certificate = domain.certificate_arn
    if not _matches(rf"arn:[a-z-]+:acm:{region or '[a-z0-9-]+'}:\d{{12}}:certificate/.+", certificate):
        yield f"- domain: {certificate!r} is not the ARN of an ACM certificate in {region or 'its region'}"


def _check_budget(budget: Budget) -> Iterator[str]:
    if budget.dollars_a_month < 1:
        yield f"- budget: {budget.dollars_a_month} dollars are no budget: set at least 1, or budget=None"
    # Subscribers of a notification ("Notification", AWS Budgets API).
    if not 1 <= len(set(budget.receivers)) <= 10 or len(set(budget.receivers)) < len(budget.receivers):
        yield "- budget: set one to ten different receivers"
    for receiver in budget.receivers:
        if not _matches(_ADDRESS, receiver):
            yield f"- budget: {receiver!r} is not an e-mail address"


def _check_backups(backups: Backups, *, is_local: bool) -> Iterator[str]:
    if is_local:
        yield "- backups: the local engine makes none; set backups=None in stage local"
    if backups.keep_days not in _BACKUP_DAYS:
        yield (
            f"- backups: keep_days {backups.keep_days} is not a number from {_BACKUP_DAYS.start} to "
            f"{_BACKUP_DAYS.stop - 1}"
        )


def _check_encryption(key: CustomerKey, *, is_local: bool) -> Iterator[str]:
    if is_local:
        yield "- encryption: the local engine encrypts nothing; set encryption=None in stage local"
    if not key.numbers or min(key.numbers) < 1 or list(key.numbers) != sorted(set(key.numbers)):
        yield (
            f"- encryption: numbers {key.numbers} are not numbers of keys: write (1,), or (1, 2) to replace "
            "key 1 by key 2"
        )


def _check_warm_throughput(warm: WarmThroughput, restored: RestoredTable | None) -> Iterator[str]:
    if restored:
        # CloudFormation does not manage the restored table.
        name = restored.table_arn.rpartition("/")[2]
        yield (
            "- warm_throughput: it would raise the stack's own table, and the app uses restored_table: set "
            f"warm_throughput=None, and raise the restored table and its indexes {LISTING} and {DUE} by "
            f"`aws dynamodb update-table --table-name {name} --warm-throughput ...` (docs/restore.md)"
        )
    for name, units, least in (
        ("read_units_per_second", warm.read_units_per_second, 12_000),
        ("write_units_per_second", warm.write_units_per_second, 4_000),
    ):
        # "Understanding DynamoDB warm throughput in different scenarios": a new table on demand. AWS refuses
        # to lower it.
        if units < least:
            yield (
                f"- warm_throughput: {name} {units} is less than {least}, which every table has: "
                f"set {least} or more, or warm_throughput=None"
            )


def _check_restored_table(table: RestoredTable, settings: Settings) -> Iterator[str]:
    region, account = settings.region or "[a-z0-9-]+", settings.account or r"\d{12}"
    pattern = rf"arn:[a-z-]+:dynamodb:{region}:{account}:table/[A-Za-z0-9_.-]{{3,255}}/stream/[0-9T:.-]+"
    if not _matches(pattern, table.stream_arn):
        yield (
            f"- restored_table: {table.stream_arn!r} is not the ARN of a table's stream in this account and "
            "region: set its LatestStreamArn (aws dynamodb describe-table), or restored_table=None"
        )


def _check_canary(canary: Canary, settings: Settings) -> Iterator[str]:
    client = canary.client
    if settings.local:
        yield "- canary: the local issuer has no token endpoint; set canary=None in stage local"
        return
    if client is None:
        if settings.issuer:
            yield (
                "- canary: this app has no client at the external issuer; set canary=Canary(client="
                "CanaryClient(token_url=..., client_id=..., secret_arn=...)), or canary=None"
            )
        return
    if not settings.issuer:
        yield "- canary: the user pool creates the canary's client; remove client, or set the issuer"
    if not is_https(client.token_url):
        yield f"- canary: token_url {client.token_url!r} must begin with https://"
    if not client.client_id or not client.client_id.isascii():
        yield f"- canary: client_id {client.client_id!r} is not a client's id; copy it from your issuer"
    if not _matches(_COMPLETE_ARN, client.secret_arn):
        yield f"- canary: {client.secret_arn!r} is not a secret: set its complete ARN with the random suffix"
    elif settings.region and client.secret_arn.split(":")[3] != settings.region:
        region = client.secret_arn.split(":")[3]
        yield f"- canary: its secret is in {region}; the function reads it in {settings.region}"
    if "grant_type" in client.parameters:
        yield "- canary: parameters: the grant type is always client_credentials; remove grant_type"


def _check_concurrency(name: str, setting: Media | Realtime | WebhookSettings) -> Iterator[str]:
    if not 2 <= setting.max_concurrency <= 1000:
        yield (
            f"- {name}: max_concurrency {setting.max_concurrency} is not a number from 2 to 1000, "
            "the range that Lambda allows"
        )


def _check_reporting(reporting: Reporting, *, sends_mail: bool) -> Iterator[str]:
    if reporting.time_zone not in available_timezones():
        yield (
            f"- reporting: time_zone {reporting.time_zone!r} is not a time zone; use a name of the IANA "
            "database: Europe/Berlin, for example"
        )
    if not 1 <= reporting.shards <= MAX_SHARDS:
        yield f"- reporting: shards {reporting.shards} is not a number from 1 to {MAX_SHARDS}"
    if not 2 <= reporting.max_concurrency <= 1000:
        yield (
            f"- reporting: max_concurrency {reporting.max_concurrency} is not a number from 2 to 1000, "
            "the range that Lambda allows"
        )

    for receiver in reporting.receivers:
        if not _matches(_ADDRESS, receiver) or not receiver.isascii():
            yield f"- reporting: receivers: {receiver!r} is not an e-mail address"
    if len(set(reporting.receivers)) < len(reporting.receivers):
        yield "- reporting: receivers: one of them is named twice"
    if len(reporting.receivers) > _REPORT_RECEIVERS:
        yield f"- reporting: receivers: name at most {_REPORT_RECEIVERS}, or the address of a group"
    if reporting.receivers and not sends_mail:
        yield "- reporting: receivers: this stage sends no mail; set mail=MailSettings(...), or receivers=()"


def _check_mail(mail: MailSettings) -> Iterator[str]:
    # A line break in a header would begin another header.
    if not _matches(_ADDRESS, mail.address) or not mail.address.isascii() or not mail.sender.isprintable():
        yield f"- mail: {mail.sender!r} is not a sender: write Mug shop <orders@shop.example>, on one line"
        return
    domain = mail.address.partition("@")[2]
    if mail.identity not in (mail.address, domain) and not domain.endswith(f".{mail.identity}"):
        yield (
            f"- mail: the SES identity {mail.identity!r} does not cover the sender {mail.sender!r}: "
            "set the domain of the sender's address, or the address itself"
        )
    # ScalingConfig of AWS::Lambda::EventSourceMapping.
    if not 2 <= mail.max_concurrency <= 1000:
        yield (
            f"- mail: max_concurrency {mail.max_concurrency} is not a number from 2 to 1000, "
            "the range that Lambda allows"
        )
    if mail.sending_rate < 1:
        yield (
            f"- mail: sending_rate {mail.sending_rate} is not a number of mails a second; set the account's "
            "MaxSendRate (aws sesv2 get-account)"
        )
    elif mail.max_concurrency > mail.fastest_concurrency:
        yield (
            f"- mail: max_concurrency {mail.max_concurrency} sends {mail.max_concurrency * MAILS_PER_SECOND} "
            f"mails a second, and sending_rate {mail.sending_rate} allows fewer: set max_concurrency="
            f"{mail.fastest_concurrency}, or raise sending_rate once SES has raised the account's rate"
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
