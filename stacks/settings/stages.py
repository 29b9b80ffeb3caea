"""The stages and their settings: this is the file to edit. `fields.py` describes each setting.

Each stage sets all of its own values. No stage is derived from another one, so that a domain or an issuer of
one stage never appears in another. `checks` lists the settings that a protected stage must have.
"""

from dataclasses import replace

from aws_cdk.aws_logs import RetentionDays

# All of them, so that a stage may use any type of a setting.
from stacks.settings.fields import *
from stacks.settings.types import *

_LOCAL = Settings(
    stage="local",
    protected=False,
    log_level="DEBUG",
    log_retention=RetentionDays.ONE_WEEK,
    execution_log_level="ALL",
    log_execution_data=True,
    # The engine and all functions share the cores of one computer, so a few orders at a time are faster than
    # many. Long time-outs, because a slow function is usually still starting: a retry would start again.
    max_concurrent_drivers=2,
    orders_in_batch=2,
    # Short, because a laptop that slept leaves orders without progress, and its user should not wait long.
    stuck_after_seconds=60,
    step_seconds=30,
    call_seconds=10,
    throttle=Throttle(50, 100),
    route_throttles={},
    web_origins=("http://localhost:3000", "http://localhost:5173", "http://127.0.0.1:5173"),
    audience=("orders-api",),
    mail=MailSettings("The mug shop <orders@shop.example>", "shop.example"),
    # Each of them keeps a core busy.
    media=Media(max_concurrency=2),
    reporting=Reporting(time_zone="Europe/London", max_concurrency=2, receivers=("owner@shop.example",)),
    # The API stays reachable without it: its address is the one that `make up` prints.
    edge=Edge(closes_api=False, engine="http://127.0.0.1:4566"),
    realtime=Realtime(max_concurrency=2, engine="http://127.0.0.1:4566"),
    webhooks=WebhookSettings(max_concurrency=2),
)
_DEV = Settings(
    stage="dev",
    protected=False,
    log_level="DEBUG",
    log_retention=RetentionDays.ONE_WEEK,
    execution_log_level="ALL",
    log_execution_data=True,
    max_concurrent_drivers=5,
    orders_in_batch=10,
    stuck_after_seconds=900,
    step_seconds=15,
    call_seconds=None,
    # As long as consumers accept an event.
    event_archive_days=14,
    throttle=Throttle(50, 100),
    route_throttles={},
    web_origins=("http://localhost:3000",),
    media=Media(),
    reporting=Reporting(),
    realtime=Realtime(),
    webhooks=WebhookSettings(),
)
_STAGING = Settings(
    stage="staging",
    protected=False,
    log_level="INFO",
    log_retention=RetentionDays.ONE_MONTH,
    execution_log_level="ERROR",
    log_execution_data=False,
    max_concurrent_drivers=20,
    orders_in_batch=10,
    stuck_after_seconds=900,
    step_seconds=15,
    call_seconds=None,
    throttle=Throttle(500, 1000),
    # Each order starts a saga of a dozen functions; the docs page has a size of half a megabyte.
    route_throttles={"POST /orders": Throttle(100, 200), "GET /docs": Throttle(5, 10)},
    gradual_minutes=5,
    canary=Canary(),
)
# Set `account`, `region`, `payments`, `shipping` and `alarm_receivers` before the first deployment.
_PROD = Settings(
    stage="prod",
    protected=True,
    log_level="INFO",
    log_retention=RetentionDays.ONE_YEAR,
    execution_log_level="ERROR",
    log_execution_data=False,
    max_concurrent_drivers=20,
    orders_in_batch=10,
    stuck_after_seconds=900,
    step_seconds=15,
    call_seconds=None,
    throttle=Throttle(500, 1000),
    route_throttles={"POST /orders": Throttle(100, 200), "GET /docs": Throttle(5, 10)},
    gradual_minutes=5,
    canary=Canary(),
)

STAGES = {settings.stage: settings for settings in (_LOCAL, _DEV, _STAGING, _PROD)}


def settings_for(
    stage: str,
    issuer: str | None = None,
    *,
    engine: str | None = None,
    lambda_authoriser: bool = False,
    cores: int | None = None,
) -> Settings:
    """Returns the settings of `stage`.

    The other arguments are for the local stage only: `issuer` and `engine` are the addresses of the loopback
    issuer and of the engine, whose ports are known only when they run; `cores` is the number of cores of the
    host; `lambda_authoriser` turns on the Lambda authoriser. All other stages are configured in this file.

    Raises SystemExit with a remedy if the arguments do not match the stage.
    """
    if stage not in STAGES:
        raise SystemExit(f"There is no stage {stage!r}: -c stage= must be one of {', '.join(STAGES)}.")
    settings = STAGES[stage]
    if settings.local:
        if not issuer:
            raise SystemExit("Stage local needs an issuer: add -c issuer=http://127.0.0.1:<port>.")
        edge = replace(settings.edge, engine=engine) if settings.edge and engine else settings.edge
        realtime = settings.realtime
        if realtime and engine:
            realtime = replace(realtime, engine=engine)
        settings = replace(
            settings, issuer=issuer, lambda_authoriser=lambda_authoriser, edge=edge, realtime=realtime
        )
        return sized_by(cores, settings) if cores else settings
    if issuer or engine or lambda_authoriser:
        raise SystemExit(
            "-c issuer=, -c engine= and -c lambda-authoriser= are for stage local only; "
            f"set those of {stage} in stacks/settings/stages.py."
        )
    return settings


def sized_by(cores: int, settings: Settings) -> Settings:
    """Returns the settings of a stage whose functions all run on one host with `cores` cores.

    Each running step, and the engine's work for it, keeps a core busy, so more concurrent orders than cores
    would only wait. Lambda's minimum is two concurrent drivers; the batch size uses the other cores, and each
    driver adapts how much of its batch it drives at a time (`resilience.concurrency`).
    """
    return replace(settings, orders_in_batch=min(10, max(1, cores // settings.max_concurrent_drivers)))
