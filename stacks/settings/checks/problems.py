"""Checks of a stage's settings. Each problem is one line with the setting's name and the fix."""

from collections.abc import Iterator

from stacks.routes import ROUTE_ACCESS
from stacks.settings import EXECUTION_LOG_LEVELS, LOG_LEVELS, Settings
from stacks.settings.checks.addresses import address_problems
from stacks.settings.checks.edge import edge_problems
from stacks.settings.checks.events import event_problems
from stacks.settings.checks.forms import matches
from stacks.settings.checks.functions import function_problems
from stacks.settings.checks.options import option_problems
from stacks.settings.checks.providers import provider_problems
from stacks.settings.checks.tokens import token_problems
from stacks.settings.checks.types import type_problems
from stacks.settings.checks.web import web_problems

# At least 15: a step makes up to three calls to AWS of four seconds each, or one to a provider of five
# seconds. At most 60, so that the state machine, which has 120 seconds, can retry a step that has timed out.
_STEP_SECONDS = range(15, 61)
# The sweep runs once a minute. After an hour, the alarm OrdersStandStill reports an order without progress.
_STUCK_AFTER_SECONDS = range(60, 3601)


def problems(settings: Settings, *, is_example: bool) -> Iterator[str]:
    """Yields one line for each setting that is missing or invalid.

    The other checks need the right types, so they are skipped if a type is wrong.
    """
    if wrong_types := list(type_problems(settings)):
        yield from wrong_types
        return
    if settings.protected:
        yield from _check_required(settings)
    yield from _check_account(settings)
    yield from _check_limits(settings)
    yield from function_problems(settings)
    yield from event_problems(settings)
    yield from edge_problems(settings)
    yield from web_problems(settings)
    yield from provider_problems(settings, is_example=is_example)
    yield from token_problems(settings)
    yield from address_problems(settings)
    yield from option_problems(settings)


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


def _check_account(settings: Settings) -> Iterator[str]:
    # The stage's name is part of the names of stacks, of log groups and of the user pool's domain.
    if not matches("[a-z][a-z0-9]{0,19}", settings.stage):
        yield f"- stage: {settings.stage!r} is not a name: use up to 20 small letters and digits"
    if settings.local and settings.protected:
        yield "- protected: the local engine keeps nothing; set protected=False in stage local"
    if settings.account is not None and not matches(r"\d{12}", settings.account):
        yield f"- account: {settings.account!r} is not an account number: write its twelve digits in quotes"
    if settings.region is not None and not matches(r"[a-z]{2}(-[a-z]+)+-\d", settings.region):
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
