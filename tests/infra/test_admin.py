"""The admin stack: what operators' functions may do with queues, and how they find them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ordering.dead_letters.queues import dead_letter_outputs, work_queue_outputs
from stacks.routes import QUEUE_ROUTES
from stacks.settings import STAGES, CustomerKey
from stacks.settings.protection import with_examples
from tests.infra.cloudformation import imports, outputs_read
from tests.infra.queues_and_roles import actions, role_policy
from tests.infra.switches import SWITCHES, turned
from tests.support.environment import OUTPUT_PARAMETERS
from tests.support.least_privilege import deployed_outputs, deployed_roles
from tests.synth import Resource, Synthesised, synthesised_with
from tools.audit.templates import Template
from tools.privileges.references import resolved

# The name of a queue has at most 80 characters. Its URL is shown here as its ARN, which is up to twelve
# characters shorter, and the longest name of a region is five longer than that of the tests' region.
_LONGEST = 80 + len("https://sqs..amazonaws.com//") - len("arn:aws:sqs:::") + 5

PARAMETER = "AWS::SSM::Parameter"


def _queues(outputs: list[str]) -> set[str]:
    return {deployed_outputs()[output] for output in outputs}


def _may(handler: str, action: str) -> set[str]:
    return {grant.resource for grant in deployed_roles()[handler].grants() if grant.action == action}


def _with_long_names(value: Any, stack: str, app: Synthesised) -> Any:
    """Returns a value of a template with references resolved to the longest possible names."""
    templates = [Template("dev", name, body) for name, body in app.templates.items()]
    (own,) = (each for each in templates if each.stack == stack)
    return resolved(value, own, templates, lambda _, id: id.ljust(_LONGEST, "x"))


@pytest.fixture(scope="module")
def everything() -> Synthesised:
    """Stage dev with every setting that adds queues, and a key of its own."""
    settings = SWITCHES["mail, backups, canary"](with_examples(STAGES["dev"]))
    return synthesised_with(replace(settings, encryption=CustomerKey()), checks=False)


def test_letters_are_received_from_dead_letter_queues_alone() -> None:
    dead, work = (
        _queues(dead_letter_outputs(deployed_outputs())),
        _queues(work_queue_outputs(deployed_outputs())),
    )
    for handler in ("admin_list_dead_letters", "admin_redrive_queue"):
        assert _may(handler, "sqs:ReceiveMessage") == dead
    assert _may("admin_list_queues", "sqs:GetQueueAttributes") == dead | work
    assert _may("admin_redrive_queue", "sqs:SendMessage") == work
    kept = _queues(["MissedSweepsQueueUrl", "KeyCallsQueueUrl"])
    assert _may("admin_redrive_queue", "sqs:DeleteMessage") == dead - kept


def test_listing_changes_no_queue() -> None:
    for handler in ("admin_list_queues", "admin_list_dead_letters"):
        assert _may(handler, "sqs:SendMessage") == _may(handler, "sqs:DeleteMessage") == set()


def test_no_permission_has_a_wildcard(app: Synthesised) -> None:
    for handler in QUEUE_ROUTES:
        for statement in role_policy(app, handler):
            if not actions(statement) <= {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}:
                assert '"*"' not in json.dumps(statement["Resource"]), statement


def test_a_list_of_queues_is_all_that_its_statement_names(app: Synthesised) -> None:
    """`Fn::Split` returns a list, which may not be an entry of another list."""
    for handler in QUEUE_ROUTES:
        for statement in role_policy(app, handler):
            listed = statement["Resource"] if isinstance(statement["Resource"], list) else ()
            assert not [each for each in listed if "Fn::Split" in each], statement


def test_every_stack_with_queues_can_be_deployed_without_this_one(app: Synthesised) -> None:
    """A strong reference would keep its export from changing ("Fn::ImportValue")."""
    assert {export.partition(":")[0] for export in imports(app.templates["admin"])} == {
        f"orders-{app.settings.stage}-data"
    }


def _named(app: Synthesised) -> dict[str, Resource]:
    return {each.properties["Name"]: each for each in app.resources(PARAMETER) if "Name" in each.properties}


def test_each_stack_writes_a_parameter_with_its_own_queues(everything: Synthesised) -> None:
    """So a stack that is added or left out changes no parameter of another one."""
    parameters = _named(everything)
    for name, parameter in parameters.items():
        assert name == f"/orders/dev/outputs/{parameter.stack}"
        assert outputs_read(parameter.properties) == []
    for handler in QUEUE_ROUTES:
        variables = everything.function(handler).properties["Environment"]["Variables"]
        assert set(variables["OUTPUT_PARAMETERS"].split()) == parameters.keys()
        assert variables["OUTPUT_PARAMETERS"] == OUTPUT_PARAMETERS
    with_queues = {each.stack for each in everything.resources("AWS::SQS::Queue")}
    assert {each.stack for each in parameters.values()} == with_queues


def test_a_parameter_holds_its_value_however_long_its_names_are(everything: Synthesised) -> None:
    """4,096 characters ("Managing parameter tiers", AWS Systems Manager)."""
    for parameter in everything.resources(PARAMETER):
        value = _with_long_names(parameter.properties["Value"], parameter.stack, everything)
        assert len(str(value)) <= 4096, (parameter.stack, parameter.id)


def test_the_admin_stack_reads_each_output_once() -> None:
    """Each place that names an output is a lookup of its own (aws/aws-cdk#38010)."""
    app = turned("dev", "mail, backups, canary")
    read = [json.dumps(each) for each in outputs_read(app.templates["admin"])]
    assert len(read) == len(set(read))
    assert len(read) <= 25


def test_no_stack_has_so_many_lookups_that_cloudformation_is_throttled() -> None:
    """At 75, DescribeStacks was throttled (aws/aws-cdk#38010).

    The dashboards have far more. They are deployed last, and nothing depends on them. With a key of its own,
    each role of a stage reads the key's ARN in addition.
    """
    app = turned("dev", "mail, backups, canary")
    lookups = {name: len(outputs_read(template)) for name, template in app.templates.items()}
    assert {name for name, number in lookups.items() if number > 60} == {"dashboards"}, lookups


@pytest.mark.parametrize("handler", sorted(QUEUE_ROUTES))
def test_the_policy_of_a_role_is_within_the_quota(handler: str, everything: Synthesised) -> None:
    """10,240 characters without white space ("IAM and AWS STS quotas")."""
    statements = _with_long_names(role_policy(everything, handler), "admin", everything)
    document = {"Version": "2012-10-17", "Statement": statements}
    assert len(json.dumps(document, separators=(",", ":"))) <= 10_240


def test_the_key_of_the_topics_is_used_by_sns_alone(everything: Synthesised) -> None:
    """ "kms:ViaService" ("AWS KMS condition keys"): with its role alone, the function can decrypt nothing."""
    keys = json.dumps(everything.templates["events"]["Outputs"]["EventsTopicKeyArns"]["Value"])
    assert "Arn" in keys
    used = [
        statement
        for statement in _with_long_names(role_policy(everything, "admin_redrive_queue"), "admin", everything)
        if any(action.startswith("kms:") for action in actions(statement))
    ]
    services = [statement["Condition"]["StringEquals"]["kms:ViaService"] for statement in used]
    assert "sns.eu-west-1.amazonaws.com" in services
