"""Checks of what a stage may leave out: backups, the canary, reports and others."""

from collections.abc import Iterator
from zoneinfo import available_timezones

from ordering.domain.sales import MAX_SHARDS
from ordering.repositories.keys import DUE, LISTING
from stacks.settings import (
    Backups,
    Budget,
    Canary,
    CustomerKey,
    Media,
    Realtime,
    Reporting,
    RestoredTable,
    Settings,
    WarmThroughput,
    WebhookSettings,
)
from stacks.settings.checks.forms import ADDRESS, COMPLETE_ARN, matches
from stacks.settings.checks.tokens import is_https

# "Metering, costs, and billing for AWS Backup" asks for at least a week; a lifecycle has at most 36,500 days.
_BACKUP_DAYS = range(7, 36_501)
# They are a variable of a function, whose variables have 4 KB in all ("Lambda quotas").
_REPORT_RECEIVERS = 20


def option_problems(settings: Settings) -> Iterator[str]:
    """Yields one line for each option that is invalid."""
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


def _check_budget(budget: Budget) -> Iterator[str]:
    if budget.dollars_a_month < 1:
        yield f"- budget: {budget.dollars_a_month} dollars are no budget: set at least 1, or budget=None"
    # Subscribers of a notification ("Notification", AWS Budgets API).
    if not 1 <= len(set(budget.receivers)) <= 10 or len(set(budget.receivers)) < len(budget.receivers):
        yield "- budget: set one to ten different receivers"
    for receiver in budget.receivers:
        if not matches(ADDRESS, receiver):
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
    if not matches(pattern, table.stream_arn):
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
    if not matches(COMPLETE_ARN, client.secret_arn):
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
        if not matches(ADDRESS, receiver) or not receiver.isascii():
            yield f"- reporting: receivers: {receiver!r} is not an e-mail address"
    if len(set(reporting.receivers)) < len(reporting.receivers):
        yield "- reporting: receivers: one of them is named twice"
    if len(reporting.receivers) > _REPORT_RECEIVERS:
        yield f"- reporting: receivers: name at most {_REPORT_RECEIVERS}, or the address of a group"
    if reporting.receivers and not sends_mail:
        yield "- reporting: receivers: this stage sends no mail; set mail=MailSettings(...), or receivers=()"
