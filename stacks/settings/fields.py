"""What may be set for a stage: the fields of `Settings`. `types` has their types, `stages.py` the values.

Only what differs between stages is a setting. A value that all stages share is defined where it is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from aws_cdk.aws_logs import RetentionDays

from stacks.settings.types.clients import (
    BACK_OFFICE,
    PARTNERS,
    RESOURCE_SERVER,
    MachineClient,
    TrustedIssuer,
    UserPoolPlan,
    WebClient,
)
from stacks.settings.types.distributions import DistributionSettings, Domain, Edge, WebApplication
from stacks.settings.types.limits import Budget, Throttle
from stacks.settings.types.mail import MailSettings
from stacks.settings.types.parts import (
    SANDBOX_PAYMENTS,
    SANDBOX_SHIPPING,
    Canary,
    HighValueOrders,
    Media,
    Provider,
    PublicEvents,
    Realtime,
    Reporting,
    Warehouse,
    WebhookSettings,
)
from stacks.settings.types.storage import Backups, CustomerKey, RestoredTable, WarmThroughput


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
    def named_secrets(self) -> tuple[str, ...]:
        """The ARNs of the secrets that the settings name, which must exist before a deployment."""
        client = self.canary.client if self.canary else None
        arns = (
            *(self.payments.secret_arn, self.shipping.secret_arn),
            *(issuer.secret_arn for issuer in self.additional_issuers),
            client.secret_arn if client else None,
        )
        return tuple(sorted({arn for arn in arns if arn}))

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
