"""What differs between the environments, and nothing else: a value they share stands where it is used.

Each stage says all of its own values: none is derived from another, so that a domain or an issuer that is set
for one stage never appears in another. `stacks/protection.py` says what a protected stage must have.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import formataddr, parseaddr
from typing import Final

from aws_cdk.aws_logs import RetentionDays

# The resource server of the Cognito user pool. Cognito issues a custom scope as `<resource server>/<scope>`.
RESOURCE_SERVER = "orders"

# scope → what a consent page says of it.
SCOPES = {
    "orders:read": "Read your orders",
    "orders:write": "Place and cancel orders",
    "orders:admin": "Read everybody's orders",
    "products:write": "Change the catalogue and its stock",
    "customers:read": "Read your profile",
    "customers:write": "Change your profile",
}

# Lambda takes a line without a level for INFO, and drops it where the function's level is above that
# ("Log-level filtering", AWS Lambda). The metrics that alarms watch are such lines.
LOG_LEVELS = ("DEBUG", "INFO")


@dataclass(frozen=True, slots=True)
class Throttle:
    """What the API admits before it answers 429: requests a second, and how many above that at once."""

    requests_per_second: int
    burst: int


@dataclass(frozen=True, slots=True)
class Domain:
    """A name of one's own for the API, and the ARN of its certificate in ACM, in the API's region."""

    name: str
    certificate_arn: str


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Whom customers get their mail from, what lets it be sent, and how fast."""

    sender: str
    """`Mug shop <orders@shop.example>`, or the address alone."""
    identity: str
    """The verified identity in SES, in the API's region: the sender's domain, or the address itself."""
    max_concurrency: int = 2
    """How many mails are sent at the same time; each takes a fifth of a second or so.

    Two stay within the fourteen mails a second that SES grants at first. Raise it with that quota.
    """

    def __post_init__(self) -> None:
        _, at, domain = self.address.partition("@")
        covering = (self.address, domain)
        if not at or not (self.identity in covering or domain.endswith(f".{self.identity}")):
            raise ValueError(
                f"{self.identity!r} is no identity in SES that {self.sender!r} can be sent by: "
                "name the domain of the sender's address, or the address itself"
            )
        # ScalingConfig of AWS::Lambda::EventSourceMapping.
        if not 2 <= self.max_concurrency <= 1000:
            raise ValueError(f"max_concurrency is from 2 to 1000, as Lambda takes it: {self.max_concurrency}")

    @property
    def header(self) -> str:
        """The sender as a mail's header holds it: a name with other letters than ASCII's is encoded."""
        return formataddr(parseaddr(self.sender))

    @property
    def address(self) -> str:
        """The sender's address alone."""
        return parseaddr(self.sender)[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedIssuer:
    """An issuer whose tokens the Lambda authoriser takes."""

    url: str
    audience: tuple[str, ...]
    algorithms: tuple[str, ...] = ("RS256",)
    scope_prefix: str = ""
    secret_arn: str | None = None
    """Of a shared secret in Secrets Manager, for HS256 and its kin; None: the issuer publishes its keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineClient:
    """A program that gets its tokens from the user pool by its own secret (client credentials)."""

    name: str
    """Of its construct and its output (`PartnersClientId`): letters, the first of them a capital."""
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Provider:
    """Who takes the money, or the goods.

    `module` is imported by the functions that call the provider, and makes it: `connect(secret_arn)` of a
    payment provider returns a `PaymentGateway`, of a carrier a `ShippingGateway` (`ordering.providers`).
    """

    module: str
    secret_arn: str | None = None
    """Of its credentials in Secrets Manager. Only the functions that call the provider may read them."""

    @property
    def is_sandbox(self) -> bool:
        """Whether it only imitates a provider: no money and no goods move."""
        return self.module in (SANDBOX_PAYMENTS.module, SANDBOX_SHIPPING.module)


SANDBOX_PAYMENTS: Final = Provider("ordering.providers.sandbox_payments")
SANDBOX_SHIPPING: Final = Provider("ordering.providers.sandbox_shipping")

# The construct of the back office's client is called Machine since the first release: another name would be
# another client, and its callers' id and secret would be gone.
BACK_OFFICE: Final = MachineClient(name="Machine", scopes=("products:write", "orders:admin"))
PARTNERS: Final = MachineClient(name="Partners", scopes=("orders:read", "orders:write"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One environment."""

    stage: str
    protected: bool
    """Keep the data when a stack goes, refuse to delete the table, the user pool and the stacks."""
    log_level: str
    """DEBUG or INFO."""
    log_retention: RetentionDays
    log_execution_data: bool
    """Whether the saga's log holds what goes in and out of each state: it names customers and amounts."""
    max_concurrent_drivers: int
    """How many invocations of `drive_order` the order queue may keep busy at once; two at least."""
    orders_in_batch: int
    """How many orders each of them gets at a time; ten at most."""
    stuck_after_seconds: int
    """How long an order may stand still before the sweep drives it on."""
    step_seconds: int
    """How long a step of the saga may take."""
    call_seconds: int | None
    """How long a call of AWS may take; None: as each function has it."""
    throttle: Throttle
    """Of every route that `route_throttles` does not name."""
    route_throttles: Mapping[str, Throttle]
    """route (`POST /orders`) → a throttle of its own: it costs more than others, or is cheaper to abuse."""
    lambda_authoriser: bool = False
    """Whether a function of ours judges tokens, in place of the gateway's own authoriser.

    It can do what that one cannot: block a customer, trust several issuers, and keys that are not RSA.
    """
    machine_clients: tuple[MachineClient, ...] = (BACK_OFFICE, PARTNERS)
    """The programs that the user pool gives tokens to. Each costs six dollars a month."""

    # What names the world outside the app.
    account: str | None = None
    """The number of the AWS account; None: whichever the credentials at hand are of."""
    region: str | None = None
    """None: whichever the command line is set to."""
    payments: Provider = SANDBOX_PAYMENTS
    shipping: Provider = SANDBOX_SHIPPING
    alarm_receivers: tuple[str, ...] = ()
    """Who is told of alarms: e-mail addresses, and `https://` addresses of paging services."""
    web_origins: tuple[str, ...] = ()
    """Origins of browser front ends: admitted by CORS, and returned to (`/callback`) after signing in."""
    issuer: str | None = None
    """An OIDC issuer outside the app; None makes a Cognito user pool the issuer."""
    audience: tuple[str, ...] = ()
    """The audience of the outside issuer's tokens; a user pool's audience is its clients."""
    additional_issuers: tuple[TrustedIssuer, ...] = ()
    """Whom the Lambda authoriser trusts beside the stage's own issuer."""
    domain: Domain | None = None
    """None: the API is reached by the name that AWS gives it."""
    mail: MailSettings | None = None
    """None: customers get no mail; an account has no identity to send it by until its owner proves one."""

    @property
    def local(self) -> bool:
        """Whether this is the stage of the laptop's engine, which knows fewer resource types."""
        return self.stage == "local"

    @property
    def scope_prefix(self) -> str:
        """What the issuer puts before the name of a scope."""
        return "" if self.issuer else f"{RESOURCE_SERVER}/"


_LOCAL = Settings(
    stage="local",
    protected=False,
    log_level="DEBUG",
    log_retention=RetentionDays.ONE_WEEK,
    log_execution_data=True,
    # Its cores are shared by the engine and all functions: few orders at once end sooner than many, and what
    # is slow is most often only starting, so that to give it up is to begin again.
    max_concurrent_drivers=2,
    orders_in_batch=2,
    # A laptop sleeps, and whoever sits at it does not wait a quarter of an hour.
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
    log_execution_data=True,
    max_concurrent_drivers=5,
    orders_in_batch=10,
    stuck_after_seconds=900,
    step_seconds=15,
    call_seconds=None,
    throttle=Throttle(50, 100),
    route_throttles={},
    web_origins=("http://localhost:3000",),
)
_STAGING = Settings(
    stage="staging",
    protected=False,
    log_level="INFO",
    log_retention=RetentionDays.ONE_MONTH,
    log_execution_data=False,
    max_concurrent_drivers=20,
    orders_in_batch=10,
    stuck_after_seconds=900,
    step_seconds=15,
    call_seconds=None,
    throttle=Throttle(500, 1000),
    # An order starts a saga of a dozen functions; the page of the docs is half a megabyte.
    route_throttles={"POST /orders": Throttle(100, 200), "GET /docs": Throttle(5, 10)},
)
# Before its first deployment its owner sets `account`, `region`, `payments`, `shipping`, `alarm_receivers`.
_PROD = Settings(
    stage="prod",
    protected=True,
    log_level="INFO",
    log_retention=RetentionDays.ONE_YEAR,
    log_execution_data=False,
    max_concurrent_drivers=20,
    orders_in_batch=10,
    stuck_after_seconds=900,
    step_seconds=15,
    call_seconds=None,
    throttle=Throttle(500, 1000),
    route_throttles={"POST /orders": Throttle(100, 200), "GET /docs": Throttle(5, 10)},
)

STAGES = {settings.stage: settings for settings in (_LOCAL, _DEV, _STAGING, _PROD)}


def settings_for(
    stage: str, issuer: str | None = None, *, lambda_authoriser: bool = False, cores: int | None = None
) -> Settings:
    """The settings of `stage`.

    `issuer` is the loopback issuer of the local stage, which is known only once it listens, `cores` those
    of its host, and `lambda_authoriser` tries the other authoriser there; the other stages keep theirs in
    this file. Raises SystemExit with what to do when they do not fit.
    """
    if stage not in STAGES:
        raise SystemExit(f"There is no stage {stage!r}: -c stage= takes one of {', '.join(STAGES)}.")
    settings = STAGES[stage]
    if settings.local:
        if not issuer:
            raise SystemExit("Stage local needs its issuer: add -c issuer=http://127.0.0.1:<port>.")
        settings = replace(settings, issuer=issuer, lambda_authoriser=lambda_authoriser)
        return sized_by(cores, settings) if cores else settings
    if issuer or lambda_authoriser:
        raise SystemExit(f"-c issuer= is for stage local; the issuer of {stage} is in stacks/settings.py.")
    return settings


def sized_by(cores: int, settings: Settings) -> Settings:
    """The settings of a stage whose functions all run on one host of so many cores.

    A step keeps a core busy, and so does the engine for it: more orders at once than cores only wait. Lambda
    keeps two drivers at least; the rest of the cores is for the batch, which the drivers share out by
    themselves (`resilience.concurrency`).
    """
    return replace(settings, orders_in_batch=min(10, max(1, cores // settings.max_concurrent_drivers)))
