"""Every setting that an owner can change, each changed alone, for the tests of rules and deployments."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from aws_cdk.aws_logs import RetentionDays

from stacks.settings import (
    BACK_OFFICE,
    STAGES,
    BackupEvery,
    Backups,
    Budget,
    Canary,
    CanaryClient,
    CustomerKey,
    Domain,
    Edge,
    ExternalWebClient,
    Firewall,
    HighValueOrders,
    MailSettings,
    Media,
    Provider,
    PublicEvents,
    Realtime,
    Reporting,
    RestoredTable,
    Settings,
    Throttle,
    TrustedIssuer,
    UserPoolPlan,
    Warehouse,
    WarmThroughput,
    WebApplication,
    WebClient,
    WebhookSettings,
)
from stacks.settings.protection import with_examples
from tests.synth import LOCAL_ISSUER, Synthesised, synthesised_with

MAIL = MailSettings("The mug shop <orders@shop.example>", "shop.example")
BACKUPS = Backups(BackupEvery.WEEK, 91)
HIGH_VALUE = HighValueOrders(amounts={"EUR": 100_000, "JPY": 150_000}, receivers=("sales@example.com",))
PUBLIC = PublicEvents(accounts=("111122223333", "444455556666"), organisation="o-a1b2c3d4e5")
WAREHOUSE = Warehouse(principals=("arn:aws:iam::111122223333:role/warehouse",))
EDGE = Edge(
    aliases=("api.shop.example",),
    certificate_arn="arn:aws:acm:us-east-1:000000000000:certificate/5e0c7a1b-0000-0000",
    firewall=Firewall(),
)
_ARN = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:"
CANARY_CLIENT = CanaryClient(
    token_url="https://login.example.com/oauth/token",
    client_id="canary",
    secret_arn=f"{_ARN}canary-AbCdEf",
    parameters={"scope": "orders:read orders:write orders:canary", "audience": "orders-api"},
)
WEB_CLIENT = WebClient(
    callback_urls=("https://shop.example.com/", "https://shop.example.com/docs/sign-in"),
    logout_urls=("https://shop.example.com/",),
)
WEB = WebApplication(
    aliases=("shop.example", "www.shop.example"),
    certificate_arn="arn:aws:acm:us-east-1:000000000000:certificate/7b1c2d3e-0000-0000",
    firewall=Firewall(),
)
ESSENTIALS = replace(WEB_CLIENT, rotate_refresh_tokens=True, managed_login=True)
EXTERNAL = WebClient(
    external=ExternalWebClient(
        client_id="shop",
        authorization_url="https://login.example.com/oauth/authorize",
        token_url="https://login.example.com/oauth/token",
    )
)

SWITCHES: Mapping[str, Callable[[Settings], Settings]] = {
    "as it is": lambda settings: settings,
    "mail": lambda s: replace(s, mail=MAIL),
    "own authoriser": lambda s: replace(s, lambda_authoriser=True),
    "edge, open API": lambda s: replace(s, region=s.region or "eu-west-1", edge=Edge(closes_api=False)),
    "edge": lambda s: replace(s, region=s.region or "eu-west-1", lambda_authoriser=True, edge=EDGE),
    "edge, domain": lambda s: replace(
        s,
        region=s.region or "eu-west-1",
        domain=Domain(
            "origin.example.com", "arn:aws:acm:eu-west-1:000000000000:certificate/5e0c7a1b-0000-0000"
        ),
        edge=Edge(closes_api=False),
    ),
    "edge, next secret": lambda s: replace(
        s,
        region=s.region or "eu-west-1",
        lambda_authoriser=True,
        edge=replace(EDGE, secret_numbers=(1, 2)),
    ),
    "own authoriser, more issuers": lambda s: replace(
        s,
        lambda_authoriser=True,
        additional_issuers=(
            TrustedIssuer(
                url="https://partner.example.com",
                audience=("orders",),
                algorithms=("HS256",),
                secret_arn=f"{_ARN}partner-AbCdEf",
            ),
        ),
    ),
    "layers": lambda settings: settings,
    "issuer": lambda s: replace(s, issuer="https://login.example.com", audience=("orders-api",), canary=None),
    "issuer, canary": lambda s: replace(
        s,
        issuer="https://login.example.com",
        audience=("orders-api",),
        canary=Canary(client=CANARY_CLIENT),
    ),
    "issuer, web client": lambda s: replace(
        s,
        issuer=s.issuer or "https://login.example.com",
        audience=("orders-api",),
        canary=None,
        web_client=None if s.local else EXTERNAL,
    ),
    "web client": lambda s: replace(s, web_client=None if s.local else WEB_CLIENT),
    "web client, managed login": lambda s: (
        s if s.local else replace(s, web_client=ESSENTIALS, user_pool_plan=UserPoolPlan.ESSENTIALS)
    ),
    "canary": lambda s: replace(s, canary=None if s.canary else Canary()),
    "media": lambda s: replace(s, media=None if s.media else Media()),
    "reporting": lambda s: replace(s, reporting=None if s.reporting else Reporting()),
    "realtime": lambda s: replace(s, realtime=None if s.realtime else Realtime()),
    "webhooks": lambda s: replace(s, webhooks=None if s.webhooks else WebhookSettings()),
    "web": lambda s: replace(s, region=s.region or "eu-west-1", web_client=WEB_CLIENT, web=WEB),
    "web, its own name": lambda s: replace(
        s,
        region=s.region or "eu-west-1",
        web_client=WebClient(),
        web=WebApplication(address="https://d111111abcdef8.cloudfront.net"),
    ),
    "web, issuer": lambda s: replace(
        s,
        region=s.region or "eu-west-1",
        issuer="https://login.example.com",
        audience=("orders-api",),
        canary=None,
        realtime=None,
        web_client=EXTERNAL,
        web=WebApplication(),
    ),
    "web, edge": lambda s: replace(
        s, region=s.region or "eu-west-1", lambda_authoriser=True, edge=EDGE, web_client=WEB_CLIENT, web=WEB
    ),
    "domain": lambda s: replace(
        s,
        domain=Domain(
            "orders.example.com", "arn:aws:acm:eu-west-1:000000000000:certificate/5e0c7a1b-0000-0000"
        ),
    ),
    "origins": lambda s: replace(s, web_origins=("https://shop.example.com",)),
    "no origins": lambda s: replace(s, web_origins=()),
    "max_concurrent_drivers": lambda s: replace(s, max_concurrent_drivers=2 * s.max_concurrent_drivers),
    "providers": lambda s: replace(
        s,
        payments=Provider("acme_payments", f"{_ARN}acme-AbCdEf"),
        shipping=Provider("acme_shipping", f"{_ARN}acme-GhIjKl"),
    ),
    "receivers": lambda s: replace(s, alarm_receivers=("https://pager.example.com/alarms",)),
    "budget": lambda s: replace(s, budget=Budget(200, ("owner@example.com",))),
    "backups": lambda s: replace(s, backups=BACKUPS),
    # Everything that has alarms of its own.
    "mail, backups, canary": lambda s: replace(
        s,
        mail=MAIL,
        backups=BACKUPS,
        canary=Canary(),
        region=s.region or "eu-west-1",
        lambda_authoriser=True,
        edge=EDGE,
        high_value_orders=HIGH_VALUE,
        public_events=PUBLIC,
        warehouse=WAREHOUSE,
        media=Media(),
        reporting=Reporting(),
        realtime=Realtime(),
        webhooks=WebhookSettings(),
        web_client=WEB_CLIENT,
        web=WEB,
    ),
    "warehouse": lambda s: replace(s, warehouse=WAREHOUSE),
    "high-value orders": lambda s: replace(s, high_value_orders=HIGH_VALUE),
    "public events": lambda s: replace(s, public_events=PUBLIC),
    "warm throughput": lambda s: replace(s, warm_throughput=WarmThroughput(30_000, 10_000)),
    "restored table": lambda s: replace(
        s,
        backups=BACKUPS,
        restored_table=RestoredTable(
            "arn:aws:dynamodb:eu-west-1:000000000000:table/orders-restored/stream/2026-11-28T10:00:00.000"
        ),
    ),
    "customer key": lambda s: replace(s, encryption=CustomerKey()),
    "customer key, not for new data": lambda s: replace(s, encryption=CustomerKey(new_data=False)),
    "one machine client": lambda s: replace(s, machine_clients=(BACK_OFFICE,)),
    "throttles": lambda s: replace(
        s, route_throttles={"GET /products": Throttle(10, 20), "GET /admin/queues": Throttle(1, 2)}
    ),
    "no throttles": lambda s: replace(s, route_throttles={}),
    "no archive": lambda s: replace(s, event_archive_days=None),
    "archive for a year": lambda s: replace(s, event_archive_days=365),
    "gradual": lambda s: replace(s, gradual_minutes=10),
    "provisioned": lambda s: replace(s, provisioned_concurrency={"place_order": 2, "get_order": 1}),
    "snapshots": lambda s: replace(s, snap_start=("place_order", "cancel_order")),
    "reserved": lambda s: replace(s, reserved_concurrency={"list_products": 20}),
    "log level": lambda s: replace(s, log_level="DEBUG" if s.log_level == "INFO" else "INFO"),
    "log retention": lambda s: replace(s, log_retention=RetentionDays.TWO_WEEKS),
    "execution log": lambda s: replace(
        s, execution_log_level="ERROR" if s.execution_log_level == "ALL" else "ALL"
    ),
    "execution data": lambda s: replace(s, log_execution_data=not s.log_execution_data),
    "open too long": lambda s: replace(s, stuck_after_seconds=600),
    "protection": lambda s: replace(s, protected=True, web_origins=("https://shop.example.com",)),
}
"""What is turned → the settings with it turned."""


@cache
def turned(stage: str, switch: str) -> Synthesised:
    """A stage with one switch turned."""
    settings = STAGES[stage]
    if settings.local:
        settings = replace(settings, issuer=LOCAL_ISSUER)
    turned = with_examples(SWITCHES[switch](with_examples(settings)))
    # cdk-nag judges the same of both stages.
    return synthesised_with(
        turned,
        checks=stage != "prod" or switch == "as it is",
        layers_digest="0" * 32 if switch == "layers" else None,
    )
