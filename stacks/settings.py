"""The settings that differ between stages. A value that all stages share is defined where it is used.

Each stage sets all of its own values. No stage is derived from another one, so that a domain or an issuer of
one stage never appears in another. `stacks/checks.py` lists the settings that a protected stage must have.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import formataddr, parseaddr
from enum import StrEnum
from typing import Any, Final

from aws_cdk.aws_logs import RetentionDays

from ordering.domain import canary as canary_order

# The resource server of the Cognito user pool. Cognito issues a custom scope as `<resource server>/<scope>`.
RESOURCE_SERVER = "orders"

# Scope → its description on a consent page.
SCOPES = {
    "orders:read": "Read your orders",
    "orders:write": "Place and cancel orders",
    "orders:admin": "Read everybody's orders",
    "products:write": "Change the catalogue and its stock",
    "customers:read": "Read your profile",
    "customers:write": "Change your profile",
    canary_order.SCOPE: "Place canary orders",
}

# Lambda treats a log line without a level as INFO, and drops it if the function's log level is higher
# ("Log-level filtering", AWS Lambda). The metrics that the alarms watch are written as such lines.
LOG_LEVELS = ("DEBUG", "INFO")

# Of the levels of Step Functions, those that log every fault of an execution ("Log levels for Step Functions
# execution events").
EXECUTION_LOG_LEVELS = ("ALL", "ERROR")


# The values for which CodeDeploy has a configuration (LambdaCanary10Percent5Minutes).
GRADUAL_MINUTES = (5, 10, 15, 30)

# The functions that a caller waits for, for which `provisioned_concurrency` and `snap_start` may be set.
FAST_START_FUNCTIONS = ("place_order", "get_order", "cancel_order", "authorise_request")


@dataclass(frozen=True, slots=True)
class Throttle:
    """How many requests the API accepts before it returns 429: per second, and in a burst."""

    requests_per_second: int
    burst: int


@dataclass(frozen=True, slots=True)
class Domain:
    """A custom domain name for the API, and the ARN of its ACM certificate, in the API's region."""

    name: str
    certificate_arn: str


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The sender of mails to customers, its identity in SES, and how many mails are sent concurrently."""

    sender: str
    """`Mug shop <orders@shop.example>`, or the address alone."""
    identity: str
    """The verified identity in SES, in the API's region: the sender's domain, or the address itself."""
    max_concurrency: int = 2
    """How many mails are sent at the same time; each takes about 0.2 seconds.

    Two stay within the initial SES quota of fourteen mails a second. Raise this when that quota is raised.
    """

    @property
    def header(self) -> str:
        """The sender as written in a mail header: a name with non-ASCII letters is encoded."""
        return formataddr(parseaddr(self.sender))

    @property
    def address(self) -> str:
        """The sender's address alone."""
        return parseaddr(self.sender)[1]


@dataclass(frozen=True, slots=True)
class Budget:
    """What a stage may cost in a calendar month, and who gets a mail if it costs more."""

    dollars_a_month: int
    receivers: tuple[str, ...]
    """One to ten e-mail addresses."""


class BackupEvery(StrEnum):
    """How often AWS Backup copies the table."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Backups:
    """Backups of the table by AWS Backup, beside its point-in-time recovery, which reaches back 35 days.

    Each backup is a whole copy of the table and is billed as such until it is deleted.
    """

    every: BackupEvery
    keep_days: int
    """After how many days a backup is deleted."""


@dataclass(frozen=True, slots=True)
class RestoredTable:
    """A table that was restored from a backup and takes the place of the data stack's (docs/restore.md)."""

    stream_arn: str
    """The ARN of its stream, which also names the table: `arn:...:table/<name>/stream/<time>`."""

    @property
    def table_arn(self) -> str:
        """The ARN of the table."""
        return self.stream_arn.partition("/stream/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedIssuer:
    """An issuer whose tokens the Lambda authoriser accepts."""

    url: str
    audience: tuple[str, ...]
    algorithms: tuple[str, ...] = ("RS256",)
    scope_prefix: str = ""
    secret_arn: str | None = None
    """The ARN of a shared secret in Secrets Manager, for HS256 to HS512. None: the issuer publishes keys."""

    def configuration(self) -> dict[str, Any]:
        """Returns the issuer as the authoriser's function reads it (`ordering.tokens.issuers`)."""
        return {
            "issuer": self.url,
            "audience": list(self.audience),
            "algorithms": list(self.algorithms),
            "scopePrefix": self.scope_prefix,
            "keys": {"secretArn": self.secret_arn} if self.secret_arn else "jwks",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineClient:
    """A program that gets tokens from the user pool with its own secret (client credentials grant)."""

    name: str
    """Names its construct and its output (`PartnersClientId`): letters and digits, a capital letter first."""
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryClient:
    """How the canary gets tokens from an external issuer: by the client credentials grant (RFC 6749, 4.4).

    Its tokens need the scopes `orders:read`, `orders:write` and `orders:canary`.
    """

    token_url: str
    """The issuer's token endpoint."""
    client_id: str
    secret_arn: str
    """The ARN of a secret in Secrets Manager whose whole text is the client's secret."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What the issuer needs in addition to the grant type: `{"scope": "...", "audience": "..."}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """An order that is placed every five minutes and measured, as long as this is set.

    It costs about ten dollars a month with a user pool, most of it for its client.
    """

    client: CanaryClient | None = None
    """None: a client of the stage's own user pool. A stage with an external issuer must name one."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A payment provider or a carrier.

    `module` is imported by the functions that call the provider. Its function `connect(secret_arn)` returns a
    `PaymentGateway` for a payment provider, or a `ShippingGateway` for a carrier (`ordering.providers`).
    """

    module: str
    secret_arn: str | None = None
    """The ARN of its credentials in Secrets Manager. Only functions that call the provider may read them."""

    @property
    def is_sandbox(self) -> bool:
        """Whether this is a sandbox, which moves neither money nor goods."""
        return self.module in (SANDBOX_PAYMENTS.module, SANDBOX_SHIPPING.module)


SANDBOX_PAYMENTS: Final = Provider("ordering.providers.sandbox_payments")
SANDBOX_SHIPPING: Final = Provider("ordering.providers.sandbox_shipping")

# The back office's client is named Machine since the first release. Another name would create another client,
# and the id and the secret that its callers use would be deleted.
BACK_OFFICE: Final = MachineClient(name="Machine", scopes=("products:write", "orders:admin"))
PARTNERS: Final = MachineClient(name="Partners", scopes=("orders:read", "orders:write"))
# The canary's client, in stages with a user pool. Its secret is the only one that this app stores.
CANARY_CLIENT: Final = MachineClient(
    name="Canary", scopes=("orders:read", "orders:write", canary_order.SCOPE)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one stage."""

    stage: str
    protected: bool
    """Whether data is retained if a stack is deleted, and stacks, table and user pool cannot be deleted."""
    log_level: str
    """DEBUG or INFO."""
    log_retention: RetentionDays
    execution_log_level: str
    """ALL or ERROR: whether the saga's log has every state of an execution, or only faults.

    Each step writes a line with its outcome anyway. ALL costs ten dollars more for a million orders.
    """
    log_execution_data: bool
    """Whether the saga's log contains the input and output of each state: they name customers and amounts."""
    max_concurrent_drivers: int
    """How many concurrent invocations of `drive_order` the order queue may start; at least two."""
    orders_in_batch: int
    """How many orders each of these invocations receives at a time; at most ten."""
    stuck_after_seconds: int
    """After how long without progress the sweep drives an order."""
    step_seconds: int
    """The time-out of a saga step."""
    call_seconds: int | None
    """The read time-out of a call to AWS. None: each function uses its own default."""
    throttle: Throttle
    """The throttle of every route that is not in `route_throttles`."""
    route_throttles: Mapping[str, Throttle]
    """Route (`POST /orders`) → its own throttle, for routes that cost more or are easier to abuse."""
    lambda_authoriser: bool = False
    """Whether a Lambda function of this app checks tokens, instead of API Gateway's JWT authoriser.

    Only the function can block a customer, trust several issuers, and verify keys that are not RSA.
    """
    machine_clients: tuple[MachineClient, ...] = (BACK_OFFICE, PARTNERS)
    """The programs that the user pool issues tokens to. Each costs six dollars a month."""
    gradual_minutes: int | None = None
    """For how long one in ten invocations runs a new version before all do: 5, 10, 15 or 30 minutes.

    Alarms roll it back in this time. None: all invocations run the new version at once.
    """
    event_archive_days: int | None = 30
    """For how many days the archive of the bus keeps events, to replay them. None: there is no archive.

    Consumers skip events that are older than fourteen days. AWS bills what is archived by its size.
    """
    provisioned_concurrency: Mapping[str, int] = field(default_factory=dict)
    """Function (`place_order`) → how many environments are always started; 4.32 dollars a month each."""
    snap_start: tuple[str, ...] = ()
    """Functions that start from a snapshot (`place_order`). Each snapshot costs 1.95 dollars a month."""
    reserved_concurrency: Mapping[str, int] = field(default_factory=dict)
    """Function of a route (`list_products`) → the most invocations that it may run at the same time.

    They are taken from what all other functions of the account may use.
    """

    # References to resources outside the app.
    account: str | None = None
    """The number of the AWS account. None: the account of the current credentials."""
    region: str | None = None
    """None: the default region of the AWS CLI."""
    payments: Provider = SANDBOX_PAYMENTS
    shipping: Provider = SANDBOX_SHIPPING
    alarm_receivers: tuple[str, ...] = ()
    """Who is notified of alarms: e-mail addresses, and `https://` addresses of paging services."""
    budget: Budget | None = None
    """None: no mail about costs. AWS finds the stage's costs by its tags, once they are activated."""
    backups: Backups | None = None
    """None: AWS Backup makes no backups of the table. Point-in-time recovery is always on."""
    restored_table: RestoredTable | None = None
    """None: the app uses the table of its data stack."""
    web_origins: tuple[str, ...] = ()
    """Origins of browser front ends: allowed by CORS, and redirected to (`/callback`) after signing in."""
    issuer: str | None = None
    """An external OIDC issuer. None: the app creates a Cognito user pool as the issuer."""
    audience: tuple[str, ...] = ()
    """The audience of an external issuer's tokens. With a user pool, its clients are the audience."""
    additional_issuers: tuple[TrustedIssuer, ...] = ()
    """Issuers that the Lambda authoriser trusts in addition to the stage's own issuer."""
    domain: Domain | None = None
    """None: the API has only the name that AWS gives it."""
    mail: MailSettings | None = None
    """None: customers get no mail. To send mail, the account first needs a verified SES identity."""
    canary: Canary | None = None
    """None: no canary order is placed."""

    @property
    def local(self) -> bool:
        """Whether this is the stage of the local engine, which supports fewer resource types."""
        return self.stage == "local"

    @property
    def scope_prefix(self) -> str:
        """The prefix that the issuer writes before the name of a scope."""
        return "" if self.issuer else f"{RESOURCE_SERVER}/"


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
    web_origins=("http://localhost:3000", "http://localhost:5173"),
    audience=("orders-api",),
    mail=MailSettings("The mug shop <orders@shop.example>", "shop.example"),
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
    stage: str, issuer: str | None = None, *, lambda_authoriser: bool = False, cores: int | None = None
) -> Settings:
    """Returns the settings of `stage`.

    The other arguments are for the local stage only: `issuer` is the loopback issuer, whose port is known
    only when it runs; `cores` is the number of cores of the host; `lambda_authoriser` turns on the Lambda
    authoriser. All other stages are configured in this file.

    Raises SystemExit with a remedy if the arguments do not match the stage.
    """
    if stage not in STAGES:
        raise SystemExit(f"There is no stage {stage!r}: -c stage= must be one of {', '.join(STAGES)}.")
    settings = STAGES[stage]
    if settings.local:
        if not issuer:
            raise SystemExit("Stage local needs an issuer: add -c issuer=http://127.0.0.1:<port>.")
        settings = replace(settings, issuer=issuer, lambda_authoriser=lambda_authoriser)
        return sized_by(cores, settings) if cores else settings
    if issuer or lambda_authoriser:
        raise SystemExit(
            "-c issuer= and -c lambda-authoriser= are for stage local only; "
            f"set those of {stage} in stacks/settings.py."
        )
    return settings


def sized_by(cores: int, settings: Settings) -> Settings:
    """Returns the settings of a stage whose functions all run on one host with `cores` cores.

    Each running step, and the engine's work for it, keeps a core busy, so more concurrent orders than cores
    would only wait. Lambda's minimum is two concurrent drivers; the batch size uses the other cores, and each
    driver adapts how much of its batch it drives at a time (`resilience.concurrency`).
    """
    return replace(settings, orders_in_batch=min(10, max(1, cores // settings.max_concurrent_drivers)))
