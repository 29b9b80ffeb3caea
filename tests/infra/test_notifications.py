"""Mail to customers: deployed where the settings name a sender, with least privilege."""

import json
from dataclasses import replace
from email.header import decode_header, make_header

import pytest

from ordering.domain.languages import Language
from ordering.domain.notifications import MAILED_EVENTS
from ordering.repositories.processed_events import CLAIM_SECONDS
from stacks.settings import STAGES, MailSettings
from stacks.settings.protection import require_complete
from tests.infra.queues_and_roles import actions, find_queue, role_policy
from tests.infra.switches import turned
from tests.synth import Json, Synthesised, synthesised_with
from tools.costs.idle_costs import idle_costs


@pytest.fixture(scope="module")
def with_mail() -> Synthesised:
    """Stage prod, whose customers get mail."""
    return turned("prod", "mail")


def _mapping(app: Synthesised) -> Json:
    (mapping,) = (
        r.properties
        for r in app.resources("AWS::Lambda::EventSourceMapping")
        if r.stack == "events" and app.calls_live("events", r.properties["FunctionName"]) == "notify_customer"
    )
    return mapping


def test_stage_without_a_sender_has_no_resources_of_mail(dev: Synthesised) -> None:
    assert dev.settings.mail is None
    assert "Notif" not in json.dumps(dev.templates["events"])
    assert dev.resources("AWS::SES::ConfigurationSet") == []


def test_rule_delivers_complete_events_and_has_a_dead_letterqueue(with_mail: Synthesised) -> None:
    (rule,) = (
        r.properties for r in with_mail.resources("AWS::Events::Rule") if r.id.startswith("CustomerToNotify")
    )
    assert rule["EventPattern"] == {"source": ["orders"], "detail-type": list(MAILED_EVENTS)}
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": [find_queue(with_mail, "Notifications").id, "Arn"]}
    undelivered = find_queue(with_mail, "UndeliveredNotifications")
    assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": [undelivered.id, "Arn"]}
    assert target.keys() == {"Arn", "Id", "DeadLetterConfig"}, "nothing is left out of an event"


def test_notify_customer_receives_one_message_at_a_time(with_mail: Synthesised) -> None:
    mapping = _mapping(with_mail)
    assert mapping["BatchSize"] == 1
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_as_many_mails_are_sent_at_once_as_the_settings_say() -> None:
    faster = MailSettings("orders@shop.example", "shop.example", max_concurrency=20, sending_rate=100)
    app = synthesised_with(replace(STAGES["dev"], mail=faster), checks=False)
    assert _mapping(app)["ScalingConfig"] == {"MaximumConcurrency": 20}


@pytest.mark.parametrize(("rate", "concurrency"), [(1, 2), (14, 2), (15, 3), (100, 20)])
def test_sending_rate_limits_how_many_mails_are_sent_at_once(rate: int, concurrency: int) -> None:
    """An account in SES's sandbox sends one mail a second, and Lambda's minimum is two invocations."""
    mail = MailSettings("orders@shop.example", "shop.example", concurrency, rate)
    require_complete(replace(STAGES["dev"], mail=mail))
    with pytest.raises(SystemExit, match=f"set max_concurrency={concurrency}, or raise sending_rate"):
        require_complete(replace(STAGES["dev"], mail=replace(mail, max_concurrency=concurrency + 1)))


def test_claim_outlives_its_invocation_and_expires_before_redelivery(with_mail: Synthesised) -> None:
    seconds = with_mail.function("notify_customer").properties["Timeout"]
    visibility = find_queue(with_mail, "Notifications").properties["VisibilityTimeout"]
    assert seconds < CLAIM_SECONDS < visibility
    assert visibility == 6 * seconds


def test_notify_customer_may_send_only_from_its_sender(with_mail: Synthesised) -> None:
    (sending,) = (
        each for each in role_policy(with_mail, "notify_customer") if "ses:SendEmail" in actions(each)
    )
    assert actions(sending) == {"ses:SendEmail"}
    assert sending["Condition"] == {"StringEquals": {"ses:FromAddress": "orders@shop.example"}}
    one, other = map(json.dumps, sending["Resource"])
    assert ":identity/shop.example" in one + other
    assert with_mail.one("AWS::SES::ConfigurationSet", "events").id in one + other


def test_a_senders_name_may_have_any_letters() -> None:
    header = MailSettings("Café & Söhne <orders@shop.example>", "shop.example").header
    assert header.isascii()
    assert str(make_header(decode_header(header))) == "Café & Söhne <orders@shop.example>"


@pytest.mark.parametrize("identity", ["orders@shop.example", "shop.example", "example"])
def test_an_identity_is_the_sender_or_a_domain_above_it(identity: str) -> None:
    mail = MailSettings("The mug shop <orders@shop.example>", identity)
    assert mail.address == "orders@shop.example"
    require_complete(replace(STAGES["dev"], mail=mail))


def test_notify_customer_has_no_other_permission(with_mail: Synthesised) -> None:
    assert {
        action for statement in role_policy(with_mail, "notify_customer") for action in actions(statement)
    } == {
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


def test_notify_customer_gets_its_sender_and_queue(with_mail: Synthesised) -> None:
    variables = with_mail.function("notify_customer").properties["Environment"]["Variables"]
    assert variables["MAIL_SENDER"] == "The mug shop <orders@shop.example>"
    assert (variables["MAIL_LANGUAGE"], variables["MAIL_SHOP_NAME"]) == ("en", "The mug shop")
    assert variables["MAIL_CONFIGURATION_SET"] == {
        "Ref": with_mail.one("AWS::SES::ConfigurationSet", "events").id
    }
    assert variables["NOTIFICATIONS_QUEUE_URL"] == {"Ref": find_queue(with_mail, "Notifications").id}


def test_notify_customer_gets_the_language_of_the_settings() -> None:
    mail = MailSettings("orders@shop.example", "shop.example", language=Language.DE)
    app = synthesised_with(replace(STAGES["dev"], mail=mail), checks=False)
    variables = app.function("notify_customer").properties["Environment"]["Variables"]
    assert variables["MAIL_LANGUAGE"] == "de"
    assert "MAIL_SHOP_NAME" not in variables, "the sender is an address without a name"


def test_mail_requires_tls_and_skips_suppressed_addresses(with_mail: Synthesised) -> None:
    configurations = with_mail.resources("AWS::SES::ConfigurationSet")
    assert {each.stack for each in configurations} >= {"events", "privacy"}
    for each in configurations:
        assert each.properties["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
        assert each.properties["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}


def test_both_dead_letter_queues_of_mail_have_an_alarm(with_mail: Synthesised) -> None:
    alarms = {alarm.id[:-8] for alarm in with_mail.resources("AWS::CloudWatch::Alarm")}
    assert {"NotificationsDeadLettersNotEmpty", "UndeliveredNotificationsNotEmpty"} <= alarms


def test_stage_with_mail_has_no_nag_finding_and_a_known_idle_cost(with_mail: Synthesised) -> None:
    assert not with_mail.findings
    assert idle_costs(resource.body for resource in with_mail.resources())
