"""Webhooks: the queue of deliveries, the function that sends them, and the key of their secrets."""

import json

import pytest

from ordering.repositories.webhook_deliveries import SLOT_SECONDS
from stacks.routes import ROUTE_ACCESS, WEBHOOK_ROUTES
from stacks.settings import STAGES
from tests.infra.alarms import alarms
from tests.infra.queues_and_roles import actions, find_queue, role_policy
from tests.infra.switches import turned
from tests.synth import Json, Resource, Synthesised, synthesised

SENDING, SHOWING = "deliver_webhook", ("create_webhook", "rotate_webhook_secret")


@pytest.fixture(params=["dev", "prod"])
def stage(request: pytest.FixtureRequest) -> Synthesised:
    """A stage whose data is deleted with it, and one whose data is kept, with webhooks."""
    return turned(request.param, "as it is" if STAGES[request.param].webhooks else "webhooks")


def _key(app: Synthesised) -> Resource:
    (key,) = (r for r in app.resources("AWS::SecretsManager::Secret") if r.id.startswith("WebhookKey"))
    return key


def _mapping(app: Synthesised) -> Json:
    (mapping,) = (
        r.properties
        for r in app.resources("AWS::Lambda::EventSourceMapping")
        if app.calls_live(r.stack, r.properties["FunctionName"]) == SENDING
    )
    return mapping


def test_standard_queue_accepts_a_group_and_a_delay_of_each_message(
    stage: Synthesised,
) -> None:
    """ "When you set FifoQueue, you can't set DelaySeconds per message" (SendMessage, Amazon SQS).

    With groups, a standard queue is a fair one ("Amazon SQS fair queues").
    """
    assert "FifoQueue" not in find_queue(stage, "WebhookDeliveries").properties


def test_delivery_is_received_often_enough_for_all_of_its_attempts(stage: Synthesised) -> None:
    """1,000 is the maximum (RedrivePolicy, SetQueueAttributes)."""
    queue, dead_letters = (
        find_queue(stage, each) for each in ("WebhookDeliveries", "WebhookDeliveriesDeadLetters")
    )
    assert queue.properties["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": [dead_letters.id, "Arn"]},
        "maxReceiveCount": 1000,
    }
    assert alarms(stage).keys() >= {"WebhookDeliveriesDeadLettersNotEmpty", "WebhookDeliveriesQueueBehind"}


def test_message_is_hidden_for_six_times_as_long_as_the_function_may_run(stage: Synthesised) -> None:
    """ "Set the queue's visibility timeout to at least six times your function's timeout" (Using Lambda with
    Amazon SQS). A slot of an endpoint outlives the invocation that holds it."""
    timeout = stage.function(SENDING).properties["Timeout"]
    assert find_queue(stage, "WebhookDeliveries").properties["VisibilityTimeout"] == 6 * timeout
    assert timeout < SLOT_SECONDS


def test_slow_endpoint_holds_no_other_endpoint_up(stage: Synthesised) -> None:
    """One message in a batch; 2 to 1,000 concurrent invocations ("Configuring maximum concurrency for Amazon
    SQS event sources")."""
    mapping = _mapping(stage)
    assert mapping["BatchSize"] == 1
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 20}
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_key_of_the_secrets_is_generated_once_and_kept_like_the_table(stage: Synthesised) -> None:
    """A change of any of these properties would generate another value, and no partner could verify a webhook
    any more ("AWS::SecretsManager::Secret GenerateSecretString")."""
    key = _key(stage)
    assert key.properties["GenerateSecretString"] == {"ExcludePunctuation": True, "PasswordLength": 64}
    assert "Name" not in key.properties, "the name of a deleted secret stays taken for up to thirty days"
    (table,) = (r for r in stage.resources("AWS::DynamoDB::Table") if r.id.startswith("Table"))
    policies = ("DeletionPolicy", "UpdateReplacePolicy")
    assert [key.body.get(each) for each in policies] == [table.body.get(each) for each in policies]


def test_key_is_read_by_those_who_show_a_secret_or_sign_and_by_no_one_else(stage: Synthesised) -> None:
    reading = {
        function.properties["Handler"].removesuffix(".handler")
        for function in stage.functions()
        for statement in role_policy(stage, function.properties["Handler"].removesuffix(".handler"))
        if "secretsmanager:GetSecretValue" in actions(statement)
        and "WebhookKey" in json.dumps(statement["Resource"])
    }
    assert reading == {SENDING, *SHOWING}


def test_api_can_stop_reading_what_the_stack_keeps(stage: Synthesised) -> None:
    """An export cannot be deleted while another stack imports it ("Get exported outputs from a deployed
    CloudFormation stack"); an output that is read weakly can."""
    assert not [name for name, out in stage.templates["webhooks"]["Outputs"].items() if "Export" in out]
    exported = [
        out["Export"]["Name"] for out in stage.templates["events"]["Outputs"].values() if "Export" in out
    ]
    assert not [name for name in exported if name in json.dumps(stage.templates["webhooks"])]


@pytest.mark.parametrize("name", ["staging", "prod"])
def test_stage_without_partners_pays_for_no_part_of_webhooks(name: str) -> None:
    app = synthesised(name)
    assert app.settings.webhooks is None
    assert "webhooks" not in app.templates
    routes = {r.properties["RouteKey"] for r in app.resources("AWS::ApiGatewayV2::Route")}
    assert not routes & {key for row in ROUTE_ACCESS if row.handler in WEBHOOK_ROUTES for key in row.keys}
    billed = (
        *("AWS::Lambda::Function", "AWS::SQS::Queue", "AWS::Events::Rule", "AWS::CloudWatch::Alarm"),
        *("AWS::Logs::LogGroup", "AWS::SecretsManager::Secret"),
    )
    assert [r.id for r in app.resources(*billed) if "webhook" in r.id.lower()] == []


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_removal_of_a_customer_deletes_endpoints_with_and_without_the_setting(name: str) -> None:
    """Endpoints stay in the table when webhooks are turned off."""
    for handler in ("delete_profile", "process_customer_data"):
        allowed = {
            action
            for statement in role_policy(synthesised(name), handler)
            if "WEBHOOKS#*" in json.dumps(statement)
            for action in actions(statement)
        }
        assert allowed >= {"dynamodb:Query", "dynamodb:BatchWriteItem"}


def test_turning_webhooks_off_leaves_their_stack_as_it_is() -> None:
    """`cdk deploy` removes no stack that the app no longer has: endpoints and deliveries are kept."""
    on, off = turned("dev", "as it is"), turned("dev", "webhooks")
    assert set(on.templates) - set(off.templates) == {"webhooks"}
    assert on.templates["events"] == off.templates["events"]
    assert on.templates["data"] == off.templates["data"]


def test_only_stage_local_sends_to_receivers_on_the_laptop(stage: Synthesised) -> None:
    assert "LOCAL_WEBHOOK_RECEIVERS" not in json.dumps(stage.templates)


def test_every_pattern_of_a_rule_is_within_eventbridges_limit(stage: Synthesised) -> None:
    """2,048 characters ("Event pattern size", Amazon EventBridge quotas): partners get most of the types."""
    for rule in stage.resources("AWS::Events::Rule"):
        if "EventPattern" in rule.properties:
            assert len(json.dumps(rule.properties["EventPattern"])) <= 2048, rule.id
