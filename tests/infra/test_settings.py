"""Each setting that is wrong is refused at synthesis, with its name and the fix.

`test_protection.py` has what a protected stage must state.
"""

import re
from dataclasses import fields, replace
from typing import Any

import pytest

from stacks.settings import (
    BACK_OFFICE,
    SANDBOX_PAYMENTS,
    SANDBOX_SHIPPING,
    STAGES,
    BackupEvery,
    Backups,
    Budget,
    Canary,
    CanaryClient,
    CustomerKey,
    Domain,
    Edge,
    Firewall,
    HighValueOrders,
    MachineClient,
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
from stacks.settings.checks.problems import problems
from stacks.settings.protection import with_examples
from stacks.state_machine import MACHINE_TIMEOUT
from tests.synthesis import settings_of

US_CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/5e0c7a1b"
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/5e0c7a1b"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-AbCdEf"
ROLE = "arn:aws:iam::123456789012:role/warehouse"
ACME = Provider("acme", SECRET)
STREAM = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders-restored/stream/2026-11-28T10:00:00.000"
BUDGET = Budget(200, ("owner@shop.example",))
PARTNER = TrustedIssuer(url="https://a.example", audience=("orders",))
HEADER_INJECTION = "Shop\nBcc: all@shop.example <orders@shop.example>"


def _mail(sender: Any = "orders@shop.example", identity: Any = "shop.example", **more: Any) -> MailSettings:
    return MailSettings(sender, identity, **more)


def _budget(**changes: Any) -> Budget:
    return replace(BUDGET, **changes)


def _client(**changes: Any) -> tuple[MachineClient, ...]:
    return (replace(BACK_OFFICE, **changes),)


def _trusting(**changes: Any) -> dict[str, Any]:
    return {"lambda_authoriser": True, "additional_issuers": (replace(PARTNER, **changes),)}


AT_ISSUER: dict[str, Any] = {"issuer": "https://login.example.com", "audience": ("orders-api",)}
CLIENT = CanaryClient(token_url="https://login.example.com/token", client_id="canary", secret_arn=SECRET)


def _canary(**changes: Any) -> dict[str, Any]:
    return {**AT_ISSUER, "canary": Canary(client=replace(CLIENT, **changes))}


def _edge(**changes: Any) -> dict[str, Any]:
    """An edge in front of an open API, with these changes."""
    return {"region": "eu-west-1", "edge": replace(Edge(closes_api=False), **changes)}


def _web(**changes: Any) -> dict[str, Any]:
    """A web application under its own name, with these changes."""
    client = WebClient(callback_urls=("http://localhost:5173/callback",))
    return {"region": "eu-west-1", "web_client": client, "web": replace(WebApplication(), **changes)}


WRONG_TYPES: list[tuple[dict[str, Any], str]] = [
    ({"stage": None}, "- stage: None is not a text, in quotes"),
    ({"protected": "yes"}, "- protected: 'yes' is not True or False"),
    ({"protected": 1}, "- protected: 1 is not True or False"),
    ({"log_level": 20}, "- log_level: 20 is not a text"),
    ({"log_retention": 30}, r"- log_retention: 30 is not a RetentionDays: write RetentionDays.<NAME>"),
    ({"execution_log_level": None}, "- execution_log_level: None is not a text"),
    ({"log_execution_data": "no"}, "- log_execution_data: 'no' is not True or False"),
    ({"max_concurrent_drivers": "5"}, "- max_concurrent_drivers: '5' is not a whole number, without quotes"),
    ({"max_concurrent_drivers": 5.0}, "- max_concurrent_drivers: 5.0 is not a whole number"),
    ({"orders_in_batch": True}, "- orders_in_batch: True is not a whole number"),
    ({"stuck_after_seconds": None}, "- stuck_after_seconds: None is not a whole number"),
    ({"step_seconds": "15 s"}, "- step_seconds: '15 s' is not a whole number"),
    ({"call_seconds": 2.5}, "- call_seconds: 2.5 is not a whole number"),
    ({"throttle": (50, 100)}, r"- throttle: (50, 100) is not a Throttle: write Throttle(...)"),
    ({"throttle": Throttle("50", 100)}, "- throttle.requests_per_second: '50' is not a whole number"),  # type: ignore[arg-type]
    ({"route_throttles": ()}, "- route_throttles: () is not a mapping"),
    ({"route_throttles": {"POST /orders": 100}}, "- route_throttles 'POST /orders': 100 is not a Throttle"),
    ({"event_archive_days": "30"}, "- event_archive_days: '30' is not a whole number"),
    ({"gradual_minutes": "5"}, "- gradual_minutes: '5' is not a whole number"),
    (
        {"provisioned_concurrency": ("get_order",)},
        "- provisioned_concurrency: ('get_order',) is not a mapping",
    ),
    ({"snap_start": "get_order"}, "- snap_start: 'get_order' is not a tuple"),
    (
        {"reserved_concurrency": {"get_docs": "9"}},
        "- reserved_concurrency 'get_docs': '9' is not a whole number",
    ),
    ({"lambda_authoriser": "true"}, "- lambda_authoriser: 'true' is not True or False"),
    ({"machine_clients": BACK_OFFICE}, "- machine_clients: MachineClient("),
    ({"machine_clients": ("Partners",)}, "- machine_clients[0]: 'Partners' is not a MachineClient"),
    (
        {"machine_clients": _client(scopes="orders:read")},
        "- machine_clients[0].scopes: 'orders:read' is not a tuple",
    ),
    ({"account": 123456789012}, "- account: 123456789012 is not a text"),
    ({"region": ("eu-west-1",)}, "- region: ('eu-west-1',) is not a text"),
    ({"payments": "acme"}, "- payments: 'acme' is not a Provider: write Provider(...)"),
    ({"shipping": None}, "- shipping: None is not a Provider"),
    (
        {"alarm_receivers": "a@b.example"},
        "- alarm_receivers: 'a@b.example' is not a tuple: write ('a@b.example',)",
    ),
    ({"budget": 200}, "- budget: 200 is not a Budget: write Budget(...)"),
    (
        {"budget": _budget(dollars_a_month="99")},
        "- budget.dollars_a_month: '99' is not a whole number",
    ),
    ({"encryption": True}, "- encryption: True is not a CustomerKey: write CustomerKey(...)"),
    ({"encryption": CustomerKey(numbers=[1])}, "- encryption.numbers: [1] is not a tuple"),  # type: ignore[arg-type]
    ({"backups": 35}, "- backups: 35 is not a Backups: write Backups(...)"),
    (
        {"backups": Backups("day", 35)},  # type: ignore[arg-type]
        "- backups.every: 'day' is not a BackupEvery: write BackupEvery.<NAME>",
    ),
    (
        {"warm_throughput": 4000},
        "- warm_throughput: 4000 is not a WarmThroughput: write WarmThroughput(...)",
    ),
    (
        {"warm_throughput": WarmThroughput(12_000, 4e3)},  # type: ignore[arg-type]
        "- warm_throughput.write_units_per_second: 4000.0 is not a whole number",
    ),
    ({"restored_table": "orders"}, "- restored_table: 'orders' is not a RestoredTable: write RestoredTable("),
    ({"web_origins": ["https://a.example"]}, "- web_origins: ['https://a.example'] is not a tuple"),
    ({"issuer": b"https://a.example"}, "- issuer: b'https://a.example' is not a text"),
    ({"audience": "orders"}, "- audience: 'orders' is not a tuple: write ('orders',), with the comma"),
    ({"audience": (1,)}, "- audience[0]: 1 is not a text"),
    ({"additional_issuers": PARTNER}, "- additional_issuers: TrustedIssuer("),
    (_trusting(audience="orders"), "- additional_issuers[0].audience: 'orders' is not a tuple"),
    ({"domain": "orders.example.com"}, "- domain: 'orders.example.com' is not a Domain: write Domain(...)"),
    ({"high_value_orders": {"EUR": 1}}, "- high_value_orders: {'EUR': 1} is not a HighValueOrders"),
    (
        {"high_value_orders": HighValueOrders(amounts={"EUR": 1000.0})},  # type: ignore[dict-item]
        "- high_value_orders.amounts 'EUR': 1000.0 is not a whole number",
    ),
    ({"public_events": True}, "- public_events: True is not a PublicEvents"),
    (
        {"public_events": PublicEvents(accounts="123456789012")},  # type: ignore[arg-type]
        "- public_events.accounts: '123456789012' is not a tuple",
    ),
    ({"warehouse": ROLE}, "- warehouse: 'arn:aws:iam::123456789012:role/warehouse' is not a Warehouse"),
    (
        {"warehouse": Warehouse(principals=ROLE)},  # type: ignore[arg-type]
        "- warehouse.principals: 'arn:aws:iam::123456789012:role/warehouse' is not a tuple",
    ),
    ({"canary": True}, "- canary: True is not a Canary: write Canary(...)"),
    ({"edge": True}, "- edge: True is not an Edge: write Edge(...)"),
    ({"web": True}, "- web: True is not a WebApplication: write WebApplication(...)"),
    ({"web_client": True}, "- web_client: True is not a WebClient: write WebClient(...)"),
    ({"user_pool_plan": "LITE"}, "- user_pool_plan: 'LITE' is not a UserPoolPlan: write UserPoolPlan.<NAME>"),
    ({"media": True}, "- media: True is not a Media: write Media(...)"),
    ({"reporting": True}, "- reporting: True is not a Reporting: write Reporting(...)"),
    ({"realtime": True}, "- realtime: True is not a Realtime: write Realtime(...)"),
    ({"webhooks": True}, "- webhooks: True is not a WebhookSettings: write WebhookSettings(...)"),
    (_canary(parameters=["scope"]), "- canary.client.parameters: ['scope'] is not a mapping"),
    ({"mail": "orders@shop.example"}, "- mail: 'orders@shop.example' is not a MailSettings"),
    ({"mail": _mail(sender=None)}, "- mail.sender: None is not a text"),
]

WRONG_VALUES: list[tuple[dict[str, Any], str]] = [
    (
        {"event_archive_days": 0},
        "- event_archive_days: 0 is not a number of days; set 1 or more, or None for no archive",
    ),
    (
        {"backups": Backups(BackupEvery.DAY, 6)},
        "- backups: keep_days 6 is not a number from 7 to 36500",
    ),
    (
        {"warm_throughput": WarmThroughput(11_999, 4_000)},
        "- warm_throughput: read_units_per_second 11999 is less than 12000, which every table has: "
        "set 12000 or more, or warm_throughput=None",
    ),
    (
        {"warm_throughput": WarmThroughput(12_000, 0)},
        "- warm_throughput: write_units_per_second 0 is less than 4000",
    ),
    (
        {
            "warm_throughput": WarmThroughput(20_000, 10_000),
            "restored_table": RestoredTable(STREAM),
            "backups": Backups(BackupEvery.DAY, 7),
        },
        "- warm_throughput: it would raise the stack's own table, and the app uses restored_table: set "
        "warm_throughput=None, and raise the restored table and its indexes GSI1 and GSI2 by "
        "`aws dynamodb update-table --table-name orders-restored --warm-throughput",
    ),
    (
        {"restored_table": RestoredTable("orders-restored")},
        "- restored_table: 'orders-restored' is not the ARN of a table's stream in this account and region: "
        "set its LatestStreamArn",
    ),
    (
        {"restored_table": RestoredTable(STREAM), "region": "eu-central-1"},
        "is not the ARN of a table's stream in this account and region",
    ),
    ({"stage": "Dev"}, "- stage: 'Dev' is not a name"),
    ({"stage": "my-dev"}, "- stage: 'my-dev' is not a name"),
    ({"stage": ""}, "- stage: '' is not a name"),
    ({"log_level": "WARNING"}, "- log_level: 'WARNING' is not DEBUG or INFO"),
    ({"execution_log_level": "FATAL"}, "- execution_log_level: 'FATAL' is not ALL or ERROR"),
    ({"execution_log_level": "OFF"}, "- execution_log_level: 'OFF' is not ALL or ERROR"),
    ({"max_concurrent_drivers": 1001}, "- max_concurrent_drivers: 1001 is not a number from 2 to 1000"),
    ({"orders_in_batch": 0}, "- orders_in_batch: 0 is not a number from 1 to 10"),
    ({"gradual_minutes": 6}, "- gradual_minutes: 6 is none of 5, 10, 15, 30"),
    (
        {"provisioned_concurrency": {"get_order": 0}},
        "- provisioned_concurrency: get_order: 0 is not a number",
    ),
    ({"snap_start": ("drive_order",)}, "- snap_start: drive_order is none of place_order"),
    ({"reserved_concurrency": {"drive_order": 9}}, "- reserved_concurrency: drive_order is not the function"),
    ({"stuck_after_seconds": 59}, "- stuck_after_seconds: 59 is not a number from 60 to 3600"),
    ({"stuck_after_seconds": 3601}, "- stuck_after_seconds: 3601 is not a number from 60 to 3600"),
    ({"step_seconds": 14}, "- step_seconds: 14 is not a number from 15 to 60"),
    ({"step_seconds": 61}, "- step_seconds: 61 is not a number from 15 to 60"),
    ({"call_seconds": 0}, "- call_seconds: 0 is not a number from 1 to 14, less than step_seconds"),
    ({"call_seconds": 15}, "- call_seconds: 15 is not a number from 1 to 14, less than step_seconds"),
    (
        {"throttle": Throttle(0, 100)},
        "- throttle: Throttle(requests_per_second=0, burst=100) refuses every request",
    ),
    ({"throttle": Throttle(50, -1)}, "set both numbers to at least 1"),
    ({"route_throttles": {"POST /orders": Throttle(1, 0)}}, "- route_throttles 'POST /orders': Throttle("),
    ({"route_throttles": {"/orders": Throttle(1, 1)}}, "- route_throttles: there is no route /orders"),
    ({"machine_clients": _client(scopes=("orders:admin", "orders:admin"))}, "Machine names a scope twice"),
    ({"machine_clients": (BACK_OFFICE, BACK_OFFICE)}, "two of them are named Machine; rename one"),
    ({"account": "12345678901"}, "- account: '12345678901' is not an account number"),
    ({"region": "eu-west"}, "- region: 'eu-west' is not a region"),
    ({"payments": SANDBOX_SHIPPING}, "is of the other kind; swap payments and shipping"),
    ({"shipping": SANDBOX_PAYMENTS}, "is of the other kind; swap payments and shipping"),
    (
        {"payments": ACME, "region": "eu-north-1"},
        "- payments: its secret is in eu-west-1; the functions read it in eu-north-1",
    ),
    ({"budget": _budget(dollars_a_month=0)}, "- budget: 0 dollars are no budget: set at least 1"),
    ({"budget": _budget(receivers=())}, "- budget: set one to ten different receivers"),
    ({"budget": _budget(receivers=BUDGET.receivers * 2)}, "- budget: set one to ten different"),
    (
        {"budget": _budget(receivers=tuple(f"{n}@shop.example" for n in range(11)))},
        "- budget: set one to ten different receivers",
    ),
    (
        {"budget": _budget(receivers=("https://pager.example",))},
        "- budget: 'https://pager.example' is not an e-mail address",
    ),
    ({"alarm_receivers": ("on-call@shop",)}, "neither an e-mail address nor an https:// address"),
    (
        {"web_origins": ("https://a.example", "https://a.example")},
        "- web_origins: one of them is named twice",
    ),
    ({"issuer": "https://", "audience": ("orders",)}, "- issuer: 'https://' must begin with https://"),
    ({"issuer": "https://a.example?x=1", "audience": ("orders",)}, "have neither a query nor a fragment"),
    ({"issuer": "", "audience": ()}, "- issuer: '' must begin with https://"),
    ({"issuer": "https://a.example", "audience": ("",)}, "- audience: '' is not an audience"),
    ({"issuer": "https://a.example", "audience": ("a,b",)}, "write it without spaces and commas"),
    ({"issuer": "https://a.example", "audience": ("a", "a")}, "- audience: one of them is named twice"),
    (
        {"issuer": PARTNER.url, "audience": ("orders",), **_trusting()},
        "- additional_issuers: https://a.example is the stage's own issuer",
    ),
    ({"additional_issuers": (PARTNER,)}, "set lambda_authoriser=True"),
    (
        _trusting(url="http://127.0.0.1:1"),
        "- additional_issuers: 'http://127.0.0.1:1' must begin with https://",
    ),
    (_trusting(audience=()), "- additional_issuers[0].audience: Expected `array` of length >= 1"),
    (_trusting(algorithms=("none",)), "- additional_issuers[0].algorithms[0]: Invalid enum value 'none'"),
    (_trusting(algorithms=("HS256",)), "HS256 cannot be used with published keys"),
    (_trusting(secret_arn=SECRET), "RS256 cannot be used with a shared secret"),
    (_trusting(algorithms=("HS256",), secret_arn="partner"), "set its complete ARN with the random suffix"),
    (
        {"lambda_authoriser": True, "additional_issuers": (PARTNER, PARTNER)},
        "- additional_issuers[1].issuer: is in the list twice",
    ),
    ({"domain": Domain("https://orders.example.com", CERTIFICATE)}, "is not a domain name"),
    ({"domain": Domain("Orders.example.com", CERTIFICATE)}, "in small letters"),
    ({"domain": Domain("*.example.com", CERTIFICATE)}, "- domain: '*.example.com' is not a domain name"),
    (
        {"domain": Domain("orders.example.com", "5e0c7a1b")},
        "is not the ARN of an ACM certificate in its region",
    ),
    ({"mail": _mail("The mug shop")}, "- mail: 'The mug shop' is not a sender"),
    ({"mail": _mail("café@shop.example")}, "- mail: 'café@shop.example' is not a sender"),
    ({"mail": _mail(HEADER_INJECTION)}, "is not a sender: write Mug shop <orders@shop.example>, on one line"),
    (
        {"mail": _mail(identity="another.example")},
        "- mail: the SES identity 'another.example' does not cover",
    ),
    ({"mail": _mail(identity="op.example")}, "- mail: the SES identity 'op.example' does not cover"),
    ({"mail": _mail(identity="sales@shop.example")}, "does not cover the sender"),
    ({"mail": _mail(max_concurrency=1)}, "- mail: max_concurrency 1 is not a number from 2 to 1000"),
    ({"mail": _mail(max_concurrency=1001)}, "- mail: max_concurrency 1001 is not a number from 2 to 1000"),
    (
        {"mail": _mail(max_concurrency=3)},
        "- mail: max_concurrency 3 sends 15 mails a second, and sending_rate 14 allows fewer: set "
        "max_concurrency=2, or raise sending_rate once SES has raised the account's rate",
    ),
    ({"mail": _mail(max_concurrency=20, sending_rate=99)}, "set max_concurrency=19, or raise sending_rate"),
    ({"mail": _mail(sending_rate=0)}, "- mail: sending_rate 0 is not a number of mails a second; set"),
    ({"mail": _mail(language="de")}, "- mail.language: 'de' is not a Language: write Language.<NAME>"),
    ({"high_value_orders": HighValueOrders(amounts={})}, "- high_value_orders: amounts names no currency"),
    (
        {"high_value_orders": HighValueOrders(amounts={"EURO": 1})},
        "- high_value_orders: amounts: 'EURO' is not a currency code of ISO 4217",
    ),
    (
        {"high_value_orders": HighValueOrders(amounts={"EUR": 0})},
        "- high_value_orders: amounts 'EUR': 0 is not a number of minor units from 1 to 5000000000",
    ),
    (
        {"high_value_orders": HighValueOrders(amounts={"EUR": 5_000_000_001})},
        "- high_value_orders: amounts 'EUR': 5000000001 is not a number",
    ),
    (
        {"high_value_orders": HighValueOrders(amounts={"EUR": 1}, receivers=("https://a.example",))},
        "- high_value_orders: receivers: 'https://a.example' is not an e-mail address",
    ),
    (
        {"high_value_orders": HighValueOrders(amounts={"EUR": 1}, receivers=("a@b.example",) * 2)},
        "- high_value_orders: receivers: one of them is named twice",
    ),
    (
        {"public_events": PublicEvents(accounts=("12345",))},
        "- public_events: accounts: '12345' is not an account number",
    ),
    (
        {"public_events": PublicEvents(accounts=("123456789012",) * 2)},
        "- public_events: accounts: one of them is named twice",
    ),
    (
        {"public_events": PublicEvents(organisation="a1b2c3d4e5")},
        "- public_events: organisation: 'a1b2c3d4e5' is not the id of an organisation: write o-",
    ),
    ({"warehouse": Warehouse(principals=())}, "- warehouse: principals names no one who may poll the queue"),
    (
        {"warehouse": Warehouse(principals=("*",))},
        "- warehouse: principals: '*' is not the ARN of an IAM role or user: write arn:aws:iam::",
    ),
    ({"warehouse": Warehouse(principals=(ROLE, ROLE))}, "- warehouse: principals: one of them is named"),
    (
        {"warehouse": Warehouse(principals=tuple(f"{ROLE}-{number}" for number in range(10)))},
        "- warehouse: principals names 10 roles or users; the policy of a queue may have 9",
    ),
    (
        {"warehouse": Warehouse(principals=(ROLE,), late_after_hours=0)},
        "- warehouse: late_after_hours 0 is not a number from 1 to 312",
    ),
    ({**AT_ISSUER, "canary": Canary()}, "- canary: this app has no client at the external issuer; set"),
    ({"canary": Canary(client=CLIENT)}, "- canary: the user pool creates the canary's client; remove"),
    (
        {"reporting": Reporting(time_zone="Berlin")},
        "- reporting: time_zone 'Berlin' is not a time zone; use a name of the IANA database",
    ),
    ({"reporting": Reporting(shards=17)}, "- reporting: shards 17 is not a number from 1 to 16"),
    (
        {"reporting": Reporting(max_concurrency=1)},
        "- reporting: max_concurrency 1 is not a number from 2 to 1000",
    ),
    ({"edge": Edge(closes_api=False), "region": None}, "- edge: its stack is in us-east-1 and reads from"),
    (_edge(aliases=("api.shop.example",)), "- edge: CloudFront accepts an alias only with a certificate"),
    (_edge(certificate_arn=US_CERTIFICATE), "- edge: a certificate needs a name; set aliases="),
    (_edge(aliases=("https://shop.example",)), "- edge: aliases: 'https://shop.example' is not a domain"),
    (_edge(aliases=("a.example", "a.example")), "- edge: aliases: one of them is named twice"),
    (_edge(aliases=tuple(f"a{n}.example" for n in range(101))), "- edge: aliases names 101; a distribution"),
    (_edge(certificate_arn="certificate"), "- edge: 'certificate' is not the ARN of an ACM certificate"),
    (
        _edge(certificate_arn=US_CERTIFICATE.replace("us-east-1", "eu-west-1")),
        "- edge: its certificate is in eu-west-1; CloudFront uses certificates of us-east-1 only",
    ),
    (_edge(secret_numbers=()), "- edge: secret_numbers () are not numbers of secrets: write (1,)"),
    (_edge(secret_numbers=(2, 1)), "- edge: secret_numbers (2, 1) are not numbers of secrets"),
    (_edge(closes_api=True), "- edge: API Gateway's own authoriser cannot check where a request comes from"),
    (
        {**_edge(closes_api=True), "lambda_authoriser": True, "canary": Canary()},
        "- edge: the canary calls the API by its name, which a closed API refuses; set aliases",
    ),
    (
        _edge(firewall=Firewall(requests_in_five_minutes=9)),
        "- edge: requests_in_five_minutes 9 is not a number from 10 to 2000000000",
    ),
    (_edge(engine="http://127.0.0.1:4566"), "- edge: engine is for stage local only; leave it out"),
    ({**_web(), "region": None}, "- web: its stack is in us-east-1 and reads from the stage's region"),
    (_web(aliases=("shop.example",)), "- web: CloudFront accepts an alias only with a certificate"),
    (_web(certificate_arn=US_CERTIFICATE), "- web: a certificate needs a name; set aliases="),
    (_web(aliases=("Shop.example",)), "write shop.example, for example"),
    (
        _web(firewall=Firewall(requests_in_five_minutes=9)),
        "- web: requests_in_five_minutes 9 is not a number from 10",
    ),
    (
        _web(aliases=("shop.example",), certificate_arn=US_CERTIFICATE, address="https://shop.example"),
        "- web: with aliases, address is not used; remove it",
    ),
    (_web(address="https://d1.cloudfront.net/"), "is not the output WebUrl: write https://d111111abcdef8"),
    ({**_web(), "web_client": None}, "- web: people must be able to sign in; set web_client=WebClient()"),
    (
        {**_web(), "web_client": WebClient()},
        "- web: its address is known only after the first deployment (WebUrl), and Cognito needs a URL: set "
        'callback_urls=("http://localhost:5173/callback",) until address can be set',
    ),
    (
        {
            **_web(aliases=("api.shop.example",), certificate_arn=US_CERTIFICATE),
            **_edge(aliases=("api.shop.example",), certificate_arn=US_CERTIFICATE),
        },
        "- web: a name belongs to one distribution; take other aliases than those of edge",
    ),
    (
        {**_web(), **_edge(firewall=Firewall(), closes_api=True), "lambda_authoriser": True},
        "- web: requests below /api would bypass the edge's firewall; set firewall=Firewall() here too",
    ),
    ({"web_client": WebClient()}, "- web_client: set callback_urls, to which people return after signing in"),
    (
        {**AT_ISSUER, "user_pool_plan": UserPoolPlan.ESSENTIALS},
        "- user_pool_plan: a stage with an issuer has no user pool; remove user_pool_plan",
    ),
    (
        {"reporting": Reporting(receivers=("owner",)), "mail": _mail()},
        "- reporting: receivers: 'owner' is not an e-mail address",
    ),
    (
        {"reporting": Reporting(receivers=("a@b.example",) * 2), "mail": _mail()},
        "- reporting: receivers: one of them is named twice",
    ),
    (
        {"reporting": Reporting(receivers=tuple(f"a{n}@b.example" for n in range(21))), "mail": _mail()},
        "- reporting: receivers: name at most 20, or the address of a group",
    ),
    (
        {"reporting": Reporting(receivers=("a@b.example",)), "mail": None},
        "- reporting: receivers: this stage sends no mail; set mail=MailSettings(...), or receivers=()",
    ),
    ({"media": Media(max_concurrency=1)}, "- media: max_concurrency 1 is not a number from 2 to 1000"),
    (
        {"realtime": Realtime(max_concurrency=1)},
        "- realtime: max_concurrency 1 is not a number from 2 to 1000",
    ),
    (
        {"realtime": Realtime(throttle=Throttle(0, 1))},
        "- realtime: throttle: Throttle(requests_per_second=0, burst=1) refuses every request",
    ),
    (
        {"webhooks": WebhookSettings(max_concurrency=1001)},
        "- webhooks: max_concurrency 1001 is not a number from 2 to 1000",
    ),
    (_canary(token_url="http://login.example"), "- canary: token_url 'http://login.example' must"),
    (_canary(client_id=""), "- canary: client_id '' is not a client's id"),
    (_canary(secret_arn="secret"), "- canary: 'secret' is not a secret: set its complete ARN"),
    ({**_canary(), "region": "eu-north-1"}, "- canary: its secret is in eu-west-1; the function reads"),
    (_canary(parameters={"grant_type": "password"}), "- canary: parameters: the grant type is always"),
    ({"machine_clients": _client(name="Canary")}, "- machine_clients: 'Canary' is not allowed as a name"),
    ({"encryption": CustomerKey(numbers=())}, "- encryption: numbers () are not numbers of keys"),
    ({"encryption": CustomerKey(numbers=(0,))}, "- encryption: numbers (0,) are not numbers of keys"),
    ({"encryption": CustomerKey(numbers=(2, 1))}, "write (1,), or (1, 2) to replace key 1 by key 2"),
    ({"encryption": CustomerKey(numbers=(1, 1))}, "- encryption: numbers (1, 1) are not numbers of keys"),
]


def _id(value: Any) -> str:
    return re.sub(r"[^\w ]+", " ", value)[:50].strip() if isinstance(value, str) else ""


@pytest.mark.parametrize(("changes", "says"), WRONG_TYPES, ids=_id)
def test_a_setting_of_a_wrong_type_is_refused_with_its_name(changes: dict[str, Any], says: str) -> None:
    found = list(problems(replace(STAGES["dev"], **changes), is_example=False))
    assert any(says in line for line in found), found


@pytest.mark.parametrize(("changes", "says"), WRONG_VALUES, ids=_id)
def test_a_setting_with_a_wrong_value_is_refused_with_its_name(changes: dict[str, Any], says: str) -> None:
    found = list(problems(replace(STAGES["dev"], **changes), is_example=False))
    assert any(says in line for line in found), found
    # No other setting is blamed.
    assert {_named(line) for line in found} <= changes.keys()


def _named(problem: str) -> str:
    match = re.match(r"- (\w+)", problem)
    assert match, problem
    return match[1]


def test_a_wrong_value_of_every_setting_is_tried() -> None:
    names = {field.name for field in fields(Settings)}
    assert {_named(says) for _, says in WRONG_TYPES} == names
    # Any value of these is valid; what contradicts `protected` is in test_protection.py and below.
    free = {"protected", "log_retention", "log_execution_data", "lambda_authoriser"}
    assert {name for changes, _ in WRONG_VALUES for name in changes} >= names - free


def test_the_local_stage_cannot_be_protected() -> None:
    found = list(problems(replace(settings_of("local"), protected=True), is_example=False))
    assert "- protected: the local engine keeps nothing; set protected=False in stage local" in found


def test_edge_of_the_local_stage_is_in_front_of_an_open_api_of_the_engine() -> None:
    edge = Edge(firewall=Firewall())
    found = list(problems(replace(settings_of("local"), edge=edge), is_example=False))
    assert [line.partition(";")[2] for line in found] == [
        " set firewall=None in stage local",
        " set closes_api=False in stage local",
        ' set engine="http://127.0.0.1:4566"',
    ]


def test_web_application_of_the_local_stage_is_served_by_the_local_server() -> None:
    found = list(problems(replace(settings_of("local"), web=WebApplication()), is_example=False))
    assert found == ["- web: `make up` serves the web application in stage local; set web=None"]


def test_web_application_of_a_protected_stage_has_a_certificate_of_its_own() -> None:
    prod = replace(with_examples(settings_of("prod")), **_web())
    assert any(
        line.startswith("- web: CloudFront's own name accepts TLS 1.0")
        for line in problems(prod, is_example=False)
    )


def test_edge_of_a_protected_stage_has_a_certificate_of_its_own() -> None:
    prod = replace(with_examples(settings_of("prod")), edge=Edge(closes_api=False))
    (found,) = problems(prod, is_example=True)
    assert found.startswith("- edge: CloudFront's own name accepts TLS 1.0; set aliases and certificate_arn")


def test_alias_of_the_edge_is_not_the_domain_that_cloudfront_calls() -> None:
    edge = Edge(aliases=("api.shop.example",), certificate_arn=US_CERTIFICATE, closes_api=False)
    domain = Domain("api.shop.example", CERTIFICATE)
    settings = replace(STAGES["dev"], region="eu-west-1", edge=edge, domain=domain)
    (found,) = problems(settings, is_example=False)
    assert found.startswith(
        "- edge: aliases: api.shop.example is the API's own domain, which CloudFront calls"
    )


@pytest.mark.parametrize("stage", STAGES)
def test_the_settings_of_every_stage_are_valid(stage: str) -> None:
    settings = with_examples(settings_of(stage))
    assert list(problems(settings, is_example=settings.protected)) == []


def test_the_longest_step_can_be_retried_within_the_machine() -> None:
    assert list(problems(replace(STAGES["dev"], step_seconds=60), is_example=False)) == []
    assert MACHINE_TIMEOUT.to_seconds() >= 2 * 60


def test_a_trusted_issuer_with_a_shared_secret_may_have_any_name() -> None:
    partner = replace(PARTNER, url="partner", algorithms=("HS256",), secret_arn=SECRET)
    settings = replace(STAGES["dev"], lambda_authoriser=True, additional_issuers=(partner,))
    assert list(problems(settings, is_example=False)) == []


def test_canary_with_a_client_at_the_issuer_is_accepted() -> None:
    assert list(problems(replace(STAGES["dev"], **_canary()), is_example=False)) == []


def test_the_local_stage_places_no_canary_orders() -> None:
    local = replace(settings_of("local"), canary=Canary())
    (found,) = problems(local, is_example=False)
    assert found.startswith("- canary: the local issuer has no token endpoint")
