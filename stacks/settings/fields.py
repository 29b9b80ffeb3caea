"""What may be set for a stage: the fields of `Settings`, and their types. The values are in `stages.py`.

Only what differs between stages is a setting. A value that all stages share is defined where it is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from email.utils import formataddr, parseaddr
from enum import StrEnum
from typing import Any, Final

from aws_cdk.aws_logs import RetentionDays

from ordering.domain import canary as canary_order
from ordering.domain.languages import Language

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
    "webhooks:write": "Manage your webhook endpoints",
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


US_EAST_1: Final = "us-east-1"
"""The region of everything that belongs to CloudFront: certificates, web ACLs, logs and metrics."""


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


# How many mails one invocation after another sends in a second: each takes about 0.2 seconds.
MAILS_PER_SECOND = 5


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The sender of mails to customers, its identity in SES, and how fast mails are sent."""

    sender: str
    """`Mug shop <orders@shop.example>`, or the address alone."""
    identity: str
    """The verified identity in SES, in the API's region: the sender's domain, or the address itself."""
    max_concurrency: int = 2
    """How many mails are sent at the same time; each takes about 0.2 seconds, so two send ten a second.

    Each invocation sends one mail: if it dies, it is unclear for only one mail whether it was sent.
    """
    sending_rate: int = 14
    """How many mails a second SES lets the account send ("Managing your Amazon SES sending limits").

    SES refuses mails above this rate. They are sent later, but each refusal counts as a failed attempt, so
    `max_concurrency` must stay below it. Raise both after SES has raised the account's rate.
    """
    language: Language = Language.EN
    """The language of mail to customers whose profile has no language, or one that is not known."""

    @property
    def fastest_concurrency(self) -> int:
        """The highest `max_concurrency` within the sending rate. Lambda's minimum for a queue is two."""
        return max(2, self.sending_rate // MAILS_PER_SECOND)

    @property
    def shop_name(self) -> str:
        """The sender's name; empty if the sender is only an address."""
        return parseaddr(self.sender)[0]

    @property
    def header(self) -> str:
        """The sender as written in a mail header: a name with non-ASCII letters is encoded."""
        return formataddr(parseaddr(self.sender))

    @property
    def address(self) -> str:
        """The sender's address alone."""
        return parseaddr(self.sender)[1]


@dataclass(frozen=True, slots=True)
class WarmThroughput:
    """The throughput that the table and its indexes of orders can serve at once, without earlier traffic.

    It is a minimum: DynamoDB raises it further with traffic. AWS bills a higher value once, and cannot lower
    it ("Understanding DynamoDB warm throughput"), so a later setting must not be lower than an earlier one.
    """

    read_units_per_second: int
    write_units_per_second: int


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerKey:
    """A key of this account in AWS KMS that encrypts what the stage stores, in place of the keys of AWS.

    A stage that is deployed already is switched over in two deployments, and so is a key that is replaced
    (docs/deploying.md): first with `new_data=False`, which gives every role the permission to use the keys,
    then without it.
    """

    new_data: bool = True
    """Whether new data is encrypted with the key. False: with keys of AWS, but old data stays readable."""
    numbers: tuple[int, ...] = (1,)
    """The keys of the stage. The last one encrypts new data; data of the others stays readable."""


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


# What a customer may do. Cognito issues the scopes of a client to every user, so no client for people has
# others.
CUSTOMER_SCOPES: Final = (
    "orders:read",
    "orders:write",
    "customers:read",
    "customers:write",
    "webhooks:write",
)


class UserPoolPlan(StrEnum):
    """The feature plan of the user pool ("User pool feature plans", Amazon Cognito)."""

    LITE = "LITE"
    """The classic sign-in pages; 0.0055 dollars a month for each active user above the first ten thousand."""
    ESSENTIALS = "ESSENTIALS"
    """Managed login and the rotation of refresh tokens; 0.015 dollars, above the first ten thousand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalWebClient:
    """The client of front ends at an external issuer: public, authorisation code with PKCE (RFC 7636)."""

    client_id: str
    authorization_url: str
    """The issuer's authorisation endpoint, for the page at `/docs`."""
    token_url: str
    """The issuer's token endpoint; it must allow the origins of the front ends (CORS)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebClient:
    """How people sign in to a front end, and to the page at `/docs`: authorisation code with PKCE."""

    callback_urls: tuple[str, ...] = ()
    """Where the front end receives the code, and `<URL of the API>/docs/sign-in` for the page at `/docs`.

    With `domain`, the page's URL is added. They begin with https://, or with http://localhost for tests.
    """
    logout_urls: tuple[str, ...] = ()
    """Where people return to after signing out."""
    scopes: tuple[str, ...] = CUSTOMER_SCOPES
    access_token_minutes: int = 60
    refresh_token_days: int = 30
    rotate_refresh_tokens: bool = False
    """Whether each refresh token is valid once; needs the plan ESSENTIALS."""
    managed_login: bool = False
    """Whether the newer sign-in pages are shown; needs the plan ESSENTIALS."""
    external: ExternalWebClient | None = None
    """The client at the stage's external issuer. None: the app creates the client in its user pool."""

    @property
    def needs_essentials(self) -> bool:
        """Whether it uses features of the plan ESSENTIALS."""
        return self.rotate_refresh_tokens or self.managed_login


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Images of products: a bucket, the function that makes thumbnails, and the routes."""

    max_concurrency: int = 5
    """How many uploads are processed at the same time; at least two."""


class PriceClass(StrEnum):
    """From where CloudFront serves a stage: fewer places cost less ("Choose the price class")."""

    AMERICA_AND_EUROPE = "PriceClass_100"
    MOST = "PriceClass_200"
    ALL = "PriceClass_All"


@dataclass(frozen=True, slots=True, kw_only=True)
class Firewall:
    """A web ACL of AWS WAF in front of the distribution. It costs about ten dollars a month."""

    requests_in_five_minutes: int = 2000
    """How many requests an IP address may send in five minutes. Others get 429."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionSettings:
    """The settings that every distribution of CloudFront has."""

    aliases: tuple[str, ...] = ()
    """The names under which it is reached. In DNS, they must point at the distribution's own name."""
    certificate_arn: str | None = None
    """The ARN of an ACM certificate for all aliases, in us-east-1."""
    price_class: PriceClass = PriceClass.AMERICA_AND_EUROPE
    firewall: Firewall | None = None
    """None: no web ACL; only the API's own throttles limit requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge(DistributionSettings):
    """CloudFront in front of the API. Its stack is deployed to us-east-1 (docs/edge.md)."""

    closes_api: bool = True
    """Whether the API accepts only requests that came through the distribution.

    To put the edge in front of an API that is in use, deploy it with False first, then move its clients.
    """
    secret_numbers: tuple[int, ...] = (1,)
    """The secrets that the API accepts as a proof. The distribution sends the last one.

    To replace a secret, deploy `(1, 2)`, then `(2,)`.
    """
    engine: str | None = None
    """The address of the local engine, which is in stage local what the API's own name is elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebApplication(DistributionSettings):
    """The web application, on a distribution of its own. Its stack is in us-east-1 (docs/web.md)."""

    address: str | None = None
    """Without aliases, the output WebUrl of the first deployment: `https://d111111abcdef8.cloudfront.net`.

    People are redirected to it after they have signed in.
    """

    @property
    def origins(self) -> tuple[str, ...]:
        """Its origins as a browser writes them; none if it has only the name that CloudFront gives it."""
        named = tuple(f"https://{alias}" for alias in self.aliases)
        return named or ((self.address,) if self.address else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """Totals of sales: the function that records them, the route that reads them, and the daily report."""

    time_zone: str = "UTC"
    """The shop's time zone, by its name in the IANA database (`Europe/Berlin`): sales belong to its days.

    If it is changed, `orders-ops rebuild-sales` counts earlier sales by the new days.
    """
    shards: int = 8
    """Over how many partitions the totals of a month are spread, at most 16. Change it at any time."""
    max_concurrency: int = 5
    """How many batches of events are recorded at the same time; at least two."""
    receivers: tuple[str, ...] = ()
    """The e-mail addresses that get the daily report, at most twenty. None: the report is made, not mailed.

    Needs the setting `mail`. Whoever has a link of a mail can open the report.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Realtime:
    """The WebSocket API, on which clients are told that an order has changed."""

    throttle: Throttle = Throttle(100, 200)
    """How many messages all clients together may send a second. It does not limit their connections.

    A client sends one message when it has connected, and one when its token is renewed.
    """
    max_concurrency: int = 5
    """How many batches of events are announced at the same time; at least two."""
    engine: str | None = None
    """The address of the local engine, which is in stage local what the API's own name is elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """Webhooks for partners: the routes for their endpoints, and the functions that send them events."""

    max_concurrency: int = 20
    """How many webhooks are sent at the same time; at least two.

    An endpoint is sent two at a time. So with twenty, ten endpoints that respond only after the time-out of
    15 s must come together before another one waits, and then it waits for 0.75 s on average.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class HighValueOrders:
    """From which total an order is announced on a topic of its own, and who gets a mail about it."""

    amounts: Mapping[str, int]
    """Currency → the lowest total, in minor units: `{"EUR": 100_000}` is 1,000.00 EUR.

    EventBridge compares numbers up to 5,000,000,000: the announcement of a higher total is not certain.
    """
    receivers: tuple[str, ...] = ()
    """E-mail addresses. Each must confirm its subscription. Programs subscribe to the topic themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicEvents:
    """Who may subscribe to the topic of all events, beside this account: accounts, or an organisation."""

    accounts: tuple[str, ...] = ()
    """The numbers of AWS accounts."""
    organisation: str | None = None
    """The id of an organisation in AWS Organizations (`o-a1b2c3d4e5`): all of its accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """Who polls the queue of pick lists, and when a pick list is late."""

    principals: tuple[str, ...]
    """The ARNs of IAM roles or users, of any account, with their paths. They may be created later."""
    late_after_hours: int = 24
    """After how many hours an alarm reports a pick list that is still in the queue."""


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
PARTNERS: Final = MachineClient(name="Partners", scopes=("orders:read", "orders:write", "webhooks:write"))
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
    warm_throughput: WarmThroughput | None = None
    """None: the table begins with the throughput of every new table on demand, and grows with its traffic."""
    restored_table: RestoredTable | None = None
    """None: the app uses the table of its data stack."""
    encryption: CustomerKey | None = None
    """None: what is stored is encrypted with keys of AWS."""
    web_origins: tuple[str, ...] = ()
    """Origins of browser front ends: allowed by CORS, and redirected to (`/callback`) after signing in."""
    issuer: str | None = None
    """An external OIDC issuer. None: the app creates a Cognito user pool as the issuer."""
    audience: tuple[str, ...] = ()
    """The audience of an external issuer's tokens. With a user pool, its clients are the audience."""
    additional_issuers: tuple[TrustedIssuer, ...] = ()
    """Issuers that the Lambda authoriser trusts in addition to the stage's own issuer."""
    web_client: WebClient | None = None
    """None: no front end signs people in, and the page at `/docs` takes tokens only."""
    user_pool_plan: UserPoolPlan = UserPoolPlan.LITE
    """The feature plan of the user pool. Before it is lowered, turn off what needs it, in a deployment."""
    domain: Domain | None = None
    """None: the API has only the name that AWS gives it."""
    mail: MailSettings | None = None
    """None: customers get no mail. To send mail, the account first needs a verified SES identity."""
    canary: Canary | None = None
    """None: no canary order is placed."""
    media: Media | None = None
    """None: products have no images, and the API has no routes for them."""
    reporting: Reporting | None = None
    """None: sales are not counted, and the API has no route for their totals."""
    edge: Edge | None = None
    """None: clients call the API directly."""
    web: WebApplication | None = None
    """None: the web application runs on developers' machines only."""
    realtime: Realtime | None = None
    """None: there is no WebSocket API, and clients ask for changes of an order."""
    webhooks: WebhookSettings | None = None
    """None: partners are sent no events, and the API has no routes for their endpoints."""
    high_value_orders: HighValueOrders | None = None
    """None: orders of a high value are not announced."""
    public_events: PublicEvents | None = None
    """None: there is no topic of all events. Rules on the bus are possible in any case."""
    warehouse: Warehouse | None = None
    """None: there are no pick lists."""

    @property
    def local(self) -> bool:
        """Whether this is the stage of the local engine, which supports fewer resource types."""
        return self.stage == "local"

    @property
    def scope_prefix(self) -> str:
        """The prefix that the issuer writes before the name of a scope."""
        return "" if self.issuer else f"{RESOURCE_SERVER}/"


def distributions_of(settings: Settings) -> Mapping[str, DistributionSettings]:
    """Returns setting → the settings of each distribution of CloudFront that a stage has."""
    return {
        each.name: value
        for each in fields(settings)
        if isinstance(value := getattr(settings, each.name), DistributionSettings)
    }
