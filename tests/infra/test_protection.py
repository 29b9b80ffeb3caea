"""The settings that a protected stage requires, and that no stage inherits those of another."""

import ast
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from stacks.settings import (
    PARTNERS,
    STAGES,
    Domain,
    MachineClient,
    Provider,
    Settings,
    Throttle,
    TrustedIssuer,
    stages,
)
from stacks.settings.protection import EXAMPLE_ACCOUNT, require_account, require_complete, with_examples
from tests.synth import synthesised_with

SOURCE = Path(stages.__file__).read_text()
COMPLETE = with_examples(STAGES["prod"])
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-AbCdEf"

# A value of each field that no stage has.
OTHER: dict[str, str] = {
    "protected": "not {}",
    "log_level": "'INFO' if {} == 'DEBUG' else 'DEBUG'",
    "log_retention": "RetentionDays.FIVE_DAYS",
    "execution_log_level": "'ERROR' if {} == 'ALL' else 'ALL'",
    "log_execution_data": "not {}",
    "max_concurrent_drivers": "77",
    "orders_in_batch": "7",
    "step_seconds": "7",
    "call_seconds": "7",
    "stuck_after_seconds": "77",
    "throttle": "Throttle(7, 7)",
    "route_throttles": "{{'GET /health': Throttle(7, 7)}}",
    "lambda_authoriser": "not {}",
    "machine_clients": "(MachineClient(name='Other', scopes=('orders:read',)),)",
    "gradual_minutes": "30",
    "event_archive_days": "7",
    "provisioned_concurrency": "{{'place_order': 7}}",
    "snap_start": "('place_order',)",
    "reserved_concurrency": "{{'list_products': 7}}",
    "account": "'777777777777'",
    "region": "'eu-north-1'",
    "payments": "Provider('other')",
    "shipping": "Provider('other')",
    "alarm_receivers": "('other@example.com',)",
    "backups": "Backups(BackupEvery.WEEK, 7)",
    "warm_throughput": "WarmThroughput(77_000, 7_000)",
    "restored_table": "RestoredTable('arn:aws:dynamodb:eu-west-1:123456789012:table/other/stream/2026')",
    "budget": "Budget(7, ('other@example.com',))",
    "web_origins": "('https://other.example.com',)",
    "issuer": "'https://other.example.com'",
    "audience": "('other',)",
    "additional_issuers": "(TrustedIssuer(url='https://other.example.com', audience=('other',)),)",
    "domain": "Domain('other.example.com', 'arn:aws:acm:eu-west-1:123456789012:certificate/7')",
    "media": "Media(max_concurrency=7)",
    "reporting": "Reporting(shards=7)",
    "realtime": "Realtime(max_concurrency=7)",
    "web": "WebApplication(aliases=('other.example.com',))",
    "edge": "Edge(aliases=('other.example.com',))",
    "webhooks": "WebhookSettings(max_concurrency=7)",
    "web_client": "WebClient(callback_urls=('https://other.example.com/',))",
    "user_pool_plan": "UserPoolPlan.ESSENTIALS",
    "mail": "MailSettings('orders@other.example', 'other.example')",
    "canary": "Canary(client=CanaryClient(token_url='https://a.example', client_id='a', secret_arn='b'))",
    "high_value_orders": "HighValueOrders(amounts={{'EUR': 7}})",
    "public_events": "PublicEvents(accounts=('777777777777',))",
    "encryption": "CustomerKey(numbers=(7,))",
    "warehouse": "Warehouse(principals=('arn:aws:iam::777777777777:role/other',))",
}


def test_every_field_of_the_settings_is_tried() -> None:
    assert OTHER.keys() == {field.name for field in fields(Settings)} - {"stage"}


@pytest.mark.parametrize("name", OTHER)
@pytest.mark.parametrize("stage", STAGES)
def test_setting_of_one_stage_changes_no_other(stage: str, name: str) -> None:
    """Changed where an owner changes it: in the text of the settings."""
    changed = _changed(stage, name).STAGES
    assert getattr(changed[stage], name) != getattr(STAGES[stage], name)
    for other in STAGES.keys() - {stage}:
        assert repr(changed[other]) == repr(STAGES[other])


def _changed(stage: str, name: str) -> ModuleType:
    """The module of the stages with one field of one stage changed."""
    tree = ast.parse(SOURCE)
    (call,) = (call for call in _calls(tree) if _said(call, "stage") == repr(stage))
    present = {keyword.arg: keyword for keyword in call.keywords}
    value = ast.parse(OTHER[name].format(repr(getattr(STAGES[stage], name))), mode="eval").body
    if name in present:
        present[name].value = value
    else:
        call.keywords.append(ast.keyword(arg=name, value=value))
    changed = ModuleType("changed_stages")
    exec(compile(ast.fix_missing_locations(tree), "stages.py", "exec"), changed.__dict__)  # noqa: S102
    return changed


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Where the stages are made."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Settings":
            yield node


def _said(call: ast.Call, name: str) -> str | None:
    return next((repr(ast.literal_eval(k.value)) for k in call.keywords if k.arg == name), None)


def test_a_protected_stage_names_all_that_is_missing_at_once() -> None:
    with pytest.raises(SystemExit) as refused:
        require_complete(STAGES["prod"])
    for name in ("account", "region", "payments", "shipping", "alarm_receivers"):
        assert f"- {name}: " in str(refused.value)


def test_a_protected_stage_cannot_be_synthesised_before_it_is_complete() -> None:
    with pytest.raises(SystemExit, match="account"):
        synthesised_with(STAGES["prod"])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"account": None}, "- account: "),
        ({"region": None}, "- region: "),
        ({"payments": STAGES["dev"].payments}, "- payments: the sandbox"),
        ({"shipping": STAGES["dev"].shipping}, "- shipping: the sandbox"),
        ({"alarm_receivers": ()}, "- alarm_receivers: "),
        ({"alarm_receivers": ("the team",)}, "neither an e-mail address nor"),
        ({"web_origins": ("http://localhost:3000",)}, "a developer's own machine"),
        ({"web_origins": ("https://127.0.0.1",)}, "a developer's own machine"),
        ({"web_origins": ("http://127.0.0.2",)}, "a developer's own machine"),
        ({"web_origins": ("http://0.0.0.0:3000",)}, "a developer's own machine"),
        ({"web_origins": ("http://localhost.:3000",)}, "a developer's own machine"),
        ({"web_origins": ("http://app.localhost",)}, "a developer's own machine"),
        ({"web_origins": ("http://[::1]:3000",)}, "a developer's own machine"),
        ({"web_origins": ("http://shop.example",)}, "must begin with https://"),
        ({"web_origins": ("https://shop.example/",)}, "is not an origin"),
        ({"web_origins": ("localhost:3000",)}, "is not an origin"),
        ({"web_origins": ("http://[::1",)}, "is not an origin"),
        ({"web_origins": ("*",)}, "is not an origin"),
        ({"payments": Provider("ordering.providers.nobody")}, "there is no module ordering.providers.nobody"),
        ({"machine_clients": ()}, "no client could get a token"),
        ({"payments": Provider(STAGES["dev"].payments.module, SECRET)}, "- payments: the sandbox"),
        ({"account": "123456789012", "payments": Provider("example_payments", SECRET)}, "no module"),
        ({"payments": Provider("acme", "payments")}, "set its complete ARN"),
        ({"payments": Provider("acme", SECRET.removesuffix("-AbCdEf"))}, "set its complete ARN"),
        ({"gradual_minutes": 7}, "- gradual_minutes: 7 is none of 5, 10, 15, 30"),
        (
            {"event_archive_days": 0},
            "- event_archive_days: 0 is not a number of days; set 1 or more, or None",
        ),
        ({"snap_start": ("get_docs",)}, "- snap_start: get_docs is none of place_order"),
        ({"snap_start": ("get_order", "get_order")}, "- snap_start: one of them is named twice"),
        ({"provisioned_concurrency": {"load_order": 1}}, "- provisioned_concurrency: load_order is none of"),
        ({"provisioned_concurrency": {"get_order": 0}}, "get_order: 0 is not a number from 1"),
        ({"snap_start": ("authorise_request",)}, "without lambda_authoriser=True"),
        (
            {"provisioned_concurrency": {"place_order": 1}, "snap_start": ("place_order",)},
            "remove place_order from one of snap_start and provisioned_concurrency",
        ),
        ({"reserved_concurrency": {"drive_order": 5}}, "drive_order is not the function of a route"),
        ({"reserved_concurrency": {"get_health": 0}}, "get_health: 0 is not a number from 1"),
        (
            {"provisioned_concurrency": {"get_order": 3}, "reserved_concurrency": {"get_order": 2}},
            "get_order reserves 2, fewer than the 3",
        ),
        ({"account": "1234"}, "twelve digits"),
        ({"account": 123456789012}, "- account: 123456789012 is not a text, in quotes"),
        ({"region": "Ireland"}, "is not a region"),
        ({"max_concurrent_drivers": 1}, "- max_concurrent_drivers: "),
        ({"orders_in_batch": 11}, "- orders_in_batch: "),
        ({"route_throttles": {"POST /order": Throttle(1, 1)}}, "there is no route POST /order"),
        ({"machine_clients": (MachineClient(name="Partners", scopes=("orders:reed",)),)}, "needs scopes"),
        ({"machine_clients": (MachineClient(name="Partners", scopes=()),)}, "needs scopes"),
        (
            {"machine_clients": (MachineClient(name="Person", scopes=("orders:read",)),)},
            "is not allowed as a name",
        ),
        (
            {"machine_clients": (MachineClient(name="a b", scopes=("orders:read",)),)},
            "is not allowed as a name",
        ),
        ({"machine_clients": (PARTNERS, PARTNERS)}, "two of them are named Partners"),
        ({"alarm_receivers": ("http://x@example.com",)}, "neither an e-mail address nor"),
        ({"alarm_receivers": ("a@example.com", "a@example.com")}, "named twice"),
        ({"issuer": "https://login.example.com"}, "- audience: "),
        ({"issuer": "http://login.example.com", "audience": ("orders",)}, "must begin with https://"),
        ({"audience": ("orders",)}, "- audience: "),
        (
            {"additional_issuers": (TrustedIssuer(url="https://a.example", audience=("b",)),)},
            "lambda_authoriser=True",
        ),
        ({"domain": Domain("a.example", "arn:aws:acm:us-east-1:123456789012:certificate/1")}, "- domain: "),
    ],
)
def test_wrong_setting_is_refused_with_its_name_and_fix(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(SystemExit, match=says):
        require_complete(replace(COMPLETE, **changes))


@pytest.mark.parametrize("level", ["WARNING", "WARN", "ERROR", "CRITICAL", "TRACE", "info", ""])
def test_log_level_that_drops_metrics_is_refused_in_every_stage(level: str) -> None:
    for settings in STAGES.values():
        with pytest.raises(SystemExit, match="log_level"):
            require_complete(replace(settings, log_level=level))


def test_an_example_is_complete_and_can_never_be_deployed() -> None:
    require_complete(COMPLETE)
    assert COMPLETE.account == EXAMPLE_ACCOUNT == "000000000000"
    assert COMPLETE.payments.secret_arn
    assert COMPLETE.alarm_receivers == ("on-call@example.com",)


def test_settings_with_an_example_get_the_example_account() -> None:
    nearly = replace(COMPLETE, account="123456789012", alarm_receivers=())
    assert with_examples(nearly).account == EXAMPLE_ACCOUNT


def test_complete_settings_are_not_replaced_by_examples() -> None:
    complete = replace(COMPLETE, account="123456789012")
    assert with_examples(complete) == complete
    for stage in ("local", "dev", "staging"):
        assert with_examples(STAGES[stage]) == STAGES[stage]


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"CDK_DEFAULT_ACCOUNT": "222222222222", "CDK_DEFAULT_REGION": "eu-west-1"}, "account 222222222222"),
        ({"CDK_DEFAULT_ACCOUNT": "123456789012", "CDK_DEFAULT_REGION": "us-east-1"}, "region us-east-1"),
    ],
)
def test_credentials_of_another_account_or_region_are_refused(environment: dict[str, str], says: str) -> None:
    settings = replace(COMPLETE, account="123456789012", region="eu-west-1")
    with pytest.raises(SystemExit, match=says):
        require_account(settings, environment)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        # Without credentials, the command line of CDK says us-east-1.
        {"CDK_DEFAULT_REGION": "us-east-1"},
        {"CDK_DEFAULT_ACCOUNT": "123456789012", "CDK_DEFAULT_REGION": "eu-west-1"},
    ],
)
def test_the_right_account_or_none_at_all_may_synthesise(environment: dict[str, str]) -> None:
    require_account(replace(COMPLETE, account="123456789012", region="eu-west-1"), environment)


def test_an_example_may_be_synthesised_with_any_credentials() -> None:
    require_account(COMPLETE, {"CDK_DEFAULT_ACCOUNT": "222222222222", "CDK_DEFAULT_REGION": "us-east-1"})


def test_the_account_of_a_stage_is_that_of_its_stacks() -> None:
    secret = SECRET.replace("eu-west-1", "eu-north-1")
    settings = replace(
        COMPLETE,
        account="123456789012",
        region="eu-north-1",
        payments=Provider("acme.payments", secret),
        shipping=Provider("acme.shipping", secret),
    )
    app = synthesised_with(settings, checks=False)
    assert {stack["stackName"] for stack in app.stacks.values()}
    assert app.environments == {"aws://123456789012/eu-north-1"}


def test_the_module_under_test_is_the_one_that_is_deployed() -> None:
    assert stages.STAGES is STAGES
