"""Mail to customers: deployed where the settings name a sender, and only as much as that takes."""

import json
from dataclasses import replace
from email.header import decode_header, make_header

import pytest

from ordering.domain.notifications import NOTIFIED_EVENTS
from ordering.repositories.processed_events import CLAIM_SECONDS
from stacks.protection import require_complete
from stacks.settings import STAGES, MailSettings
from tests.infra.switches import turned
from tests.synth import Json, Resource, Synthesised, synthesised_with
from tools.idle_costs import idle_costs


@pytest.fixture(scope="module")
def telling() -> Synthesised:
    """Stage prod, whose customers get mail."""
    return turned("prod", "mail")


def _queue(app: Synthesised, name: str) -> Resource:
    (queue,) = (r for r in app.resources("AWS::SQS::Queue") if r.id[:-8] == name)
    return queue


def _policy(app: Synthesised) -> list[Json]:
    role = app.function("notify_customer").properties["Role"]["Fn::GetAtt"][0]
    (statements,) = (
        r.properties["PolicyDocument"]["Statement"]
        for r in app.resources("AWS::IAM::Policy")
        if r.stack == "events" and {"Ref": role} in r.properties["Roles"]
    )
    return list(statements)


def _actions(statement: Json) -> set[str]:
    actions = statement["Action"]
    return {actions} if isinstance(actions, str) else set(actions)


def _mapping(app: Synthesised) -> Json:
    function = {"Ref": app.function("notify_customer").id}
    (mapping,) = (
        r.properties
        for r in app.resources("AWS::Lambda::EventSourceMapping")
        if r.stack == "events" and r.properties["FunctionName"] == function
    )
    return mapping


def test_a_stage_without_a_sender_has_nothing_of_it(dev: Synthesised) -> None:
    assert dev.settings.mail is None
    assert "Notif" not in json.dumps(dev.templates["events"])
    assert dev.resources("AWS::SES::ConfigurationSet") == []


def test_the_rule_brings_whole_events_and_keeps_what_it_cannot_deliver(telling: Synthesised) -> None:
    rule = telling.one("AWS::Events::Rule", "events").properties
    assert rule["EventPattern"] == {"source": ["orders"], "detail-type": list(NOTIFIED_EVENTS)}
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": [_queue(telling, "Notifications").id, "Arn"]}
    undelivered = _queue(telling, "UndeliveredNotifications")
    assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": [undelivered.id, "Arn"]}
    assert target.keys() == {"Arn", "Id", "DeadLetterConfig"}, "nothing is left out of an event"


def test_one_message_is_in_doubt_when_an_invocation_dies(telling: Synthesised) -> None:
    mapping = _mapping(telling)
    assert mapping["BatchSize"] == 1
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_as_many_mails_are_sent_at_once_as_the_settings_say() -> None:
    faster = MailSettings("orders@shop.example", "shop.example", max_concurrency=20)
    app = synthesised_with(replace(STAGES["dev"], mail=faster), checks=False)
    assert _mapping(app)["ScalingConfig"] == {"MaximumConcurrency": 20}


def test_a_claim_outlives_its_owner_and_ends_before_the_message_comes_back(telling: Synthesised) -> None:
    seconds = telling.function("notify_customer").properties["Timeout"]
    visibility = _queue(telling, "Notifications").properties["VisibilityTimeout"]
    assert seconds < CLAIM_SECONDS < visibility
    assert visibility == 6 * seconds


def test_it_may_send_by_the_one_sender_identity_and_configuration_set(telling: Synthesised) -> None:
    (sending,) = (each for each in _policy(telling) if "ses:SendEmail" in _actions(each))
    assert _actions(sending) == {"ses:SendEmail"}
    assert sending["Condition"] == {"StringEquals": {"ses:FromAddress": "orders@shop.example"}}
    one, other = map(json.dumps, sending["Resource"])
    assert ":identity/shop.example" in one + other
    assert telling.one("AWS::SES::ConfigurationSet").id in one + other


def test_a_senders_name_may_have_any_letters() -> None:
    header = MailSettings("Café & Söhne <orders@shop.example>", "shop.example").header
    assert header.isascii()
    assert str(make_header(decode_header(header))) == "Café & Söhne <orders@shop.example>"


@pytest.mark.parametrize("identity", ["orders@shop.example", "shop.example", "example"])
def test_an_identity_is_the_sender_or_a_domain_above_it(identity: str) -> None:
    mail = MailSettings("The mug shop <orders@shop.example>", identity)
    assert mail.address == "orders@shop.example"
    require_complete(replace(STAGES["dev"], mail=mail))


def test_it_may_do_nothing_else(telling: Synthesised) -> None:
    assert {action for statement in _policy(telling) for action in _actions(statement)} == {
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "ses:SendEmail",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ChangeMessageVisibility",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
    }


def test_it_knows_its_sender_and_its_queue(telling: Synthesised) -> None:
    variables = telling.function("notify_customer").properties["Environment"]["Variables"]
    assert variables["MAIL_SENDER"] == "The mug shop <orders@shop.example>"
    assert variables["MAIL_CONFIGURATION_SET"] == {"Ref": telling.one("AWS::SES::ConfigurationSet").id}
    assert variables["NOTIFICATIONS_QUEUE_URL"] == {"Ref": _queue(telling, "Notifications").id}


def test_mail_goes_by_tls_and_not_to_who_has_complained(telling: Synthesised) -> None:
    configuration = telling.one("AWS::SES::ConfigurationSet").properties
    assert configuration["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert configuration["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}


def test_every_dead_letter_queue_of_it_calls_a_person(telling: Synthesised) -> None:
    alarms = {alarm.id[:-8] for alarm in telling.resources("AWS::CloudWatch::Alarm")}
    assert {"NotificationsDeadLettersNotEmpty", "UndeliveredNotificationsNotEmpty"} <= alarms


def test_what_is_chosen_passes_the_rules_and_its_idle_cost_is_known(telling: Synthesised) -> None:
    assert not telling.findings
    assert idle_costs(resource.body for resource in telling.resources())
