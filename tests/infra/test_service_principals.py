"""AWS services act for this account's own resources only ("The confused deputy problem", IAM User Guide)."""

from collections.abc import Iterator
from typing import Any

from tests.synth import Json, Synthesised
from tools.privileges.references import documents

# Lambda passes neither key when it assumes the role of a function: aws:SourceArn "applies only to policies
# where your Lambda function is the target resource" ("Using source function ARN to control function access
# behavior", AWS Lambda). Which function may have the role is decided by iam:PassRole.
# AWS Backup names the keys for policies of topics and keys only, not for the trust of its own role
# ("Cross-service confused deputy prevention"); its role may back up this account's table and nothing else.
WITHOUT_SOURCE = {"lambda.amazonaws.com", "backup.amazonaws.com"}
SOURCES = {"aws:SourceAccount", "aws:SourceArn"}


def _allowed_services(app: Synthesised) -> Iterator[tuple[str, str, Json]]:
    """Each (resource, service, conditions) of a statement that lets a service do something."""
    for resource in app.resources():
        for document in documents(resource.properties):
            for statement in document["Statement"]:
                principal: Any = statement.get("Principal", {})
                if statement["Effect"] == "Allow" and isinstance(principal, dict) and "Service" in principal:
                    conditions = statement.get("Condition", {})
                    keys = {key: value for each in conditions.values() for key, value in each.items()}
                    yield f"{resource.stack}/{resource.id}", principal["Service"], keys


def test_services_may_act_only_for_resources_of_this_account(app: Synthesised) -> None:
    services = list(_allowed_services(app))
    without = {(where, service) for where, service, keys in services if not SOURCES & keys.keys()}
    assert {service for _, service in without} <= WITHOUT_SOURCE
    roles = {f"{r.stack}/{r.id}" for r in app.resources("AWS::IAM::Role")}
    assert {where for where, _ in without} <= roles
    assert {service for _, service, _ in services} >= {
        "cloudwatch.amazonaws.com",
        "events.amazonaws.com",
        "scheduler.amazonaws.com",
        "states.amazonaws.com",
    }


def test_event_bus_reaches_a_queue_only_through_its_own_rule(app: Synthesised) -> None:
    rules = {f"{r.stack}/{r.id}" for r in app.resources("AWS::Events::Rule") if "Targets" in r.properties}
    named = {
        f"{where.partition('/')[0]}/{keys['aws:SourceArn']['Fn::GetAtt'][0]}"
        for where, service, keys in _allowed_services(app)
        if service == "events.amazonaws.com"
    }
    assert named == rules != set()


def test_every_permission_to_invoke_a_function_names_its_source(app: Synthesised) -> None:
    """A permission without a source lets the service invoke for anyone ("AddPermission", AWS Lambda API)."""
    permissions = app.resources("AWS::Lambda::Permission")
    assert [p.id for p in permissions if not {"SourceArn", "SourceAccount"} & p.properties.keys()] == []
    assert permissions


def test_only_the_dead_letter_queues_of_work_queues_take_dead_letters_of_a_queue(app: Synthesised) -> None:
    """By the redrive allow policy of each queue ("SetQueueAttributes", Amazon SQS API)."""
    queues = app.resources("AWS::SQS::Queue")
    redriven_to = {
        r.properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for r in queues
        if "RedrivePolicy" in r.properties
    }
    denying = {
        r.id for r in queues if r.properties.get("RedriveAllowPolicy") == {"redrivePermission": "denyAll"}
    }
    assert denying == {r.id for r in queues} - redriven_to != set()
