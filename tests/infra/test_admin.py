"""The admin stack: what operators' functions may do with queues, and how they find them."""

from __future__ import annotations

import json

from ordering.dead_letters.queues import dead_letter_outputs, work_queue_outputs
from stacks.routes import QUEUE_ROUTES
from tests.infra.queues_and_roles import actions, role_policy
from tests.support.least_privilege import deployed_outputs, deployed_roles
from tests.synth import Synthesised

# The longest value of an output: the URL of a queue, whose own name has at most 80 characters, in the region
# with the longest name.
_LONGEST = len(f"https://sqs.ap-southeast-1.amazonaws.com/123456789012/{'x' * 80}")


def _queues(outputs: list[str]) -> set[str]:
    return {deployed_outputs()[output] for output in outputs}


def _may(handler: str, action: str) -> set[str]:
    return {grant.resource for grant in deployed_roles()[handler].grants() if grant.action == action}


def test_letters_are_received_from_dead_letter_queues_alone() -> None:
    dead, work = (
        _queues(dead_letter_outputs(deployed_outputs())),
        _queues(work_queue_outputs(deployed_outputs())),
    )
    for handler in ("admin_list_dead_letters", "admin_redrive_queue"):
        assert _may(handler, "sqs:ReceiveMessage") == dead
    assert _may("admin_list_queues", "sqs:GetQueueAttributes") == dead | work
    assert _may("admin_redrive_queue", "sqs:SendMessage") == work
    sweeps = {deployed_outputs()["MissedSweepsQueueUrl"]}
    assert _may("admin_redrive_queue", "sqs:DeleteMessage") == dead - sweeps


def test_listing_changes_no_queue() -> None:
    for handler in ("admin_list_queues", "admin_list_dead_letters"):
        assert _may(handler, "sqs:SendMessage") == _may(handler, "sqs:DeleteMessage") == set()


def test_no_permission_has_a_wildcard(app: Synthesised) -> None:
    for handler in QUEUE_ROUTES:
        for statement in role_policy(app, handler):
            if not actions(statement) <= {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}:
                assert '"*"' not in json.dumps(statement["Resource"]), statement


def test_every_other_stack_can_be_deployed_without_this_one(app: Synthesised) -> None:
    """A strong reference would keep its export from changing ("Fn::ImportValue")."""
    assert "Fn::ImportValue" not in json.dumps(app.templates["admin"])


def test_a_parameter_holds_its_outputs_however_long_their_values_are(app: Synthesised) -> None:
    """4,096 characters ("Managing parameter tiers", AWS Systems Manager)."""
    parameters = app.resources("AWS::SSM::Parameter")
    assert parameters
    for parameter in parameters:
        parts = parameter.properties["Value"]["Fn::Join"][1]
        assert sum(len(part) if isinstance(part, str) else _LONGEST for part in parts) <= 4096


def test_a_role_s_policy_is_within_the_quota() -> None:
    """10,240 characters, without white space ("IAM and AWS STS quotas"); names of queues have up to 80."""
    for handler in QUEUE_ROUTES:
        grants = deployed_roles()[handler].grants()
        resources = {(grant.action, grant.resource) for grant in grants}
        queues = {resource for _, resource in resources if ":sqs:" in resource}
        # The list of dead-letter queues and that of work queues are each written once.
        assert len(queues) * len(f'"arn:aws:sqs:ap-southeast-1:123456789012:{"x" * 80}",') < 8_000
