"""Least privilege: the permissions of each role, and the complete list of wildcards."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from stacks.access import (
    DRIVE_ORDER,
    IMAGE_FILES,
    LISTS_IMAGE_FILES,
    MAKE_THUMBNAILS,
    RECONCILE_ORDERS,
    ROTATE_CURSOR_SECRET,
    STEP_ACCESS,
    SWEEP_IMAGES,
    Access,
)
from stacks.routes import ACCESS, ADMIN_ROUTES, EXPORT_ROUTES
from stacks.wildcards import (
    EMPTIED_OBJECTS,
    EXPORT_LINKS,
    WHERE_BACKUPS_ARE_MADE,
    WHERE_BUCKETS_ARE_EMPTIED,
    WHERE_CLIENTS_ARE_TOLD,
    WHERE_DEPLOYMENTS_ARE_GRADUAL,
    WHERE_IMAGES_ARE_STORED,
    WHERE_REPORTS_ARE_MADE,
    WILDCARDS,
)
from tests.infra.queues_and_roles import role_policy
from tests.infra.switches import turned
from tests.synth import Json, Synthesised

HANDLERS = {
    **ACCESS,
    **STEP_ACCESS,
    "rotate_cursor_secret": ROTATE_CURSOR_SECRET,
    "sweep_images": SWEEP_IMAGES,
}
# Those that do more than touch tables and files.
OTHERS = {
    "drive_order": DRIVE_ORDER,
    "reconcile_orders": RECONCILE_ORDERS,
    "make_thumbnails": MAKE_THUMBNAILS,
}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _documents(node: Any) -> Iterator[Json]:
    """Every policy document, wherever a resource keeps its own."""
    if isinstance(node, dict):
        if "Statement" in node:
            yield node
        for value in node.values():
            yield from _documents(value)
    elif isinstance(node, list):
        for value in node:
            yield from _documents(value)


def _statements(app: Synthesised) -> Iterator[tuple[str, Json]]:
    for resource in app.resources():
        for document in _documents(resource.properties):
            for statement in document["Statement"]:
                yield f"{resource.stack}/{resource.id}", statement


def _wildcards(statement: Json) -> Iterator[tuple[str, str]]:
    """Each (action, end of the resource) of a statement that has a `*` in either."""
    for action in _list(statement["Action"]):
        for resource in _list(statement.get("Resource", [])):
            if "*" in action or "*" in _end(resource):
                yield action, _end(resource)


def _end(resource: Any) -> str:
    """The literal text a resource ends in; whatever is not text has no `*` of ours in it."""
    match resource:
        case str():
            return resource
        case {"Fn::Join": [_, [*_, str() as last]]}:
            return last
    return ""


def _allowed_wildcards(app: Synthesised) -> set[tuple[str, str]]:
    return {
        wildcard
        for _, statement in _statements(app)
        if statement["Effect"] == "Allow"
        for wildcard in _wildcards(statement)
    }


def test_policies_have_exactly_the_listed_wildcards(app: Synthesised) -> None:
    emptied = WHERE_BUCKETS_ARE_EMPTIED if app.resources("Custom::S3AutoDeleteObjects") else ()
    gradual = WHERE_DEPLOYMENTS_ARE_GRADUAL if app.settings.gradual_minutes else ()
    backed_up = WHERE_BACKUPS_ARE_MADE if app.resources("AWS::Backup::BackupVault") else ()
    images = WHERE_IMAGES_ARE_STORED if app.settings.media else ()
    told = WHERE_CLIENTS_ARE_TOLD if app.settings.realtime else ()
    reports = WHERE_REPORTS_ARE_MADE if app.settings.reporting else ()
    wildcards = (*WILDCARDS, *emptied, *gradual, *backed_up, *images, *told, *reports)
    named = {(a, wildcard.ends) for wildcard in wildcards for a in wildcard.actions}
    # Of a bucket's policy: the bucket itself, by its ARN alone, and what is in it.
    named |= {(action, "") for action in EMPTIED_OBJECTS.actions if emptied and "*" in action}
    assert _allowed_wildcards(app) == named


def test_every_named_wildcard_has_a_reason() -> None:
    assert all(len(wildcard.reason) > 40 for wildcard in WILDCARDS)


def test_no_role_holds_a_managed_policy(app: Synthesised) -> None:
    assert [r.id for r in app.resources("AWS::IAM::Role") if r.properties.get("ManagedPolicyArns")] == []


def test_no_policy_allows_every_principal(app: Synthesised) -> None:
    for where, statement in _statements(app):
        if statement["Effect"] == "Allow":
            assert statement.get("Principal") not in ("*", {"AWS": "*"}), where


def test_each_function_has_a_role_of_its_own(app: Synthesised) -> None:
    roles = [r.properties["Role"]["Fn::GetAtt"][0] for r in app.functions()]
    assert len(set(roles)) == len(roles)


def _exports(app: Synthesised) -> dict[str, str]:
    """export → the data stack's resource behind it."""
    return {
        output["Export"]["Name"]: json.dumps(output["Value"])
        for output in app.templates["data"]["Outputs"].values()
        if "Export" in output
    }


def _place(resource: Any, exports: dict[str, str]) -> str:
    """Which field of Access the resource is."""
    text = json.dumps(resource)
    # A function of the data stack names the resource itself.
    behind = next((value for name, value in exports.items() if name in text), text)
    if "Sandbox" in behind:
        return "sandbox"
    if "CursorSecret" in behind:
        return "cursor_secret"
    if "WebhookKey" in behind:
        return "webhook_key"
    for place, index in (("listing", "GSI1"), ("due", "GSI2"), ("categories", "GSI3")):
        if text.rstrip(']}"').endswith(f"/index/{index}"):
            return place
    return "table"


SENDING = {"sqs:SendMessage"}
"""What a handler may do in addition that sends messages."""


@pytest.mark.parametrize("handler", sorted(HANDLERS))
def test_role_of_a_handler_has_exactly_the_actions_of_its_row(handler: str, dev: Synthesised) -> None:
    # The routes of exports are deployed with mail only.
    dev = turned("dev", "mail") if handler in EXPORT_ROUTES else dev
    exports = _exports(dev)
    held: dict[str, set[str]] = {}
    files: set[tuple[str, str]] = set()
    for statement in role_policy(dev, handler):
        actions = _list(statement["Action"])
        if actions[0].startswith(("dynamodb:", "secretsmanager:")):
            for resource in _list(statement["Resource"]):
                held.setdefault(_place(resource, exports), set()).update(actions)
        elif actions[0].startswith("s3:"):
            files |= {(action, end) for action in actions for end in map(_end, _list(statement["Resource"]))}
        elif handler not in ADMIN_ROUTES or actions[0].startswith(("logs:", "xray:")):
            # What the others may do is in test_admin.py and test_metrics_route.py.
            assert set(actions) in (
                {"logs:CreateLogStream", "logs:PutLogEvents"},
                {"xray:PutTraceSegments", "xray:PutTelemetryRecords"},
                *((SENDING,) if handler == "send_test_webhook" else ()),
            )
    row: Access = HANDLERS[handler]
    said: dict[str, set[str]] = {}
    for place, listed in asdict(row).items():
        actions = [action for each in listed for action in each["actions"]] if place == "table" else listed
        if allowed := list(actions):
            # Both providers are sandboxes here.
            kept = "sandbox" if place in ("payments", "shipping") else place
            service = "secretsmanager" if place in ("cursor_secret", "webhook_key") else "dynamodb"
            said.setdefault(kept, set()).update(f"{service}:{action}" for action in allowed)
    assert held == said
    assert files == {
        *((f"s3:{each}", f"/{prefix}*") for prefix, a in IMAGE_FILES.get(handler, {}).items() for each in a),
        *([("s3:ListBucket", "")] if handler in LISTS_IMAGE_FILES else []),
        *(
            [(action, EXPORT_LINKS.ends) for action in EXPORT_LINKS.actions]
            if handler == "get_export"
            else []
        ),
    }


@pytest.mark.parametrize(
    ("handler", "actions"),
    [
        (
            "publish_changes",
            {
                "events:PutEvents",
                "sqs:SendMessage",
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "s3:ListBucket",
                "s3:PutObject",
            },
        ),
        (
            "drive_order",
            {
                "states:StartSyncExecution",
                "dynamodb:Query",
                "dynamodb:GetItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ChangeMessageVisibility",
            },
        ),
        (
            "reconcile_orders",
            {
                "dynamodb:Query",
                "dynamodb:BatchGetItem",
                "dynamodb:GetItem",
                "dynamodb:UpdateItem",
                "sqs:GetQueueAttributes",
                "sqs:SendMessage",
            },
        ),
        (
            "process_customer_data",
            {
                "dynamodb:BatchWriteItem",
                "dynamodb:DeleteItem",
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
                "s3:DeleteObject",
                "s3:GetObject",
                "s3:ListBucket",
                "s3:PutObject",
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ChangeMessageVisibility",
                "sqs:SendMessage",
            },
        ),
        (
            "make_thumbnails",
            {
                "dynamodb:GetItem",
                "dynamodb:ConditionCheckItem",
                "dynamodb:PutItem",
                "s3:GetObject",
                "s3:PutObject",
                "s3:DeleteObject",
                "s3:ListBucket",
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ChangeMessageVisibility",
            },
        ),
        (
            "fan_out_webhooks",
            {
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ChangeMessageVisibility",
                "sqs:SendMessage",
            },
        ),
        (
            "record_sales",
            {
                "dynamodb:GetItem",
                "dynamodb:UpdateItem",
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ChangeMessageVisibility",
            },
        ),
        (
            "deliver_webhook",
            {
                "dynamodb:DeleteItem",
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
                "secretsmanager:GetSecretValue",
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ChangeMessageVisibility",
                "sqs:SendMessage",
            },
        ),
    ],
)
def test_roles_of_event_functions_have_exactly_these_actions(
    handler: str, actions: set[str], dev: Synthesised
) -> None:
    held = {action for statement in role_policy(dev, handler) for action in _list(statement["Action"])}
    assert held == actions | {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
    }


def test_only_steps_that_call_a_provider_get_the_sandbox_table(dev: Synthesised) -> None:
    knowing = {
        r.properties["Handler"].removesuffix(".handler")
        for r in dev.functions()
        if "SANDBOX_TABLE_NAME" in r.properties["Environment"]["Variables"]
    }
    assert knowing == {h for h, access in (HANDLERS | OTHERS).items() if access.payments or access.shipping}


def test_state_machine_may_invoke_its_steps_and_nothing_else(dev: Synthesised) -> None:
    role = next(r for r in dev.resources("AWS::IAM::Role") if r.id.startswith("MachineRole"))
    (calls,) = (
        statement
        for policy in role.properties["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "lambda:InvokeFunction"
    )
    live = {dev.calls_live("saga", arn) for arn in calls["Resource"]} - {None}
    functions = {arn["Fn::GetAtt"][0] for arn in calls["Resource"] if "Fn::GetAtt" in arn}
    assert live == STEP_ACCESS.keys()
    # The state machine of a release without aliases calls the functions, until it is updated after its role.
    assert functions == {dev.function(handler).id for handler in STEP_ACCESS}
    assert len(calls["Resource"]) == 2 * len(STEP_ACCESS)
