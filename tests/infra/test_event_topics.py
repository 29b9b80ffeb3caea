"""Topics of events: what reaches them, who may publish and subscribe, and what is not lost."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from ordering.domain.events.types import EventType
from stacks.settings import STAGES, HighValueOrders, PublicEvents
from stacks.settings.checks.events import MAX_PATTERN_NUMBER
from tests.infra.alarms import alarms
from tests.infra.switches import HIGH_VALUE, turned
from tests.synth import PROJECT, Json, Resource, Synthesised, synthesised, synthesised_with
from tools.costs.idle_costs import idle_costs

EXAMPLES: dict[str, Json] = json.loads((PROJECT / "docs" / "event-examples.json").read_text())


@pytest.fixture(scope="module")
def high_value() -> Synthesised:
    """Stage dev, which announces orders of a high value."""
    return turned("dev", "high-value orders")


@pytest.fixture(scope="module")
def public() -> Synthesised:
    """Stage dev with the public topic."""
    return turned("dev", "public events")


def _only(app: Synthesised, type: str, id: str) -> Resource:
    (found,) = (r for r in app.resources(type) if r.stack == "events" and r.id[:-8] == id)
    return found


def _statements(app: Synthesised, topic: Resource) -> list[Json]:
    (policy,) = (
        r.properties["PolicyDocument"]["Statement"]
        for r in app.resources("AWS::SNS::TopicPolicy")
        if r.properties["Topics"] == [{"Ref": topic.id}]
    )
    return list(policy)


_NUMERIC: Mapping[str, Callable[[Any, Any], bool]] = {">=": lambda value, bound: value >= bound}


def _matches(pattern: Any, value: Any) -> bool:
    """EventBridge's rules, as far as the patterns of topics need them (Event pattern syntax)."""
    if isinstance(pattern, dict):
        return all(
            any(_matches(each, value) for each in rule)
            if name == "$or"
            else name in value and _matches(rule, value[name])
            for name, rule in pattern.items()
        )
    for rule in pattern:
        if isinstance(rule, dict):
            ((operator, bound),) = (rule["numeric"],)
            if isinstance(value, int) and _NUMERIC[operator](value, bound):
                return True
        elif value == rule:
            return True
    return False


def _announced(pattern: Json, type: str, amount: int, currency: str) -> bool:
    detail = EXAMPLES[type] | {"total": {"amount": amount, "currency": currency}}
    return _matches(pattern, {"source": "orders", "detail-type": type, "detail": detail})


@pytest.mark.parametrize(
    ("type", "amount", "currency", "announced"),
    [
        ("OrderConfirmed", 100_000, "EUR", True),
        ("OrderConfirmed", 99_999, "EUR", False),
        ("OrderConfirmed", 149_999, "JPY", False),
        ("OrderConfirmed", 150_000, "JPY", True),
        ("OrderConfirmed", 10_000_000, "GBP", False),
        ("OrderPlaced", 100_000, "EUR", False),
        ("OrderFulfilled", 100_000, "EUR", False),
    ],
)
def test_confirmed_order_is_announced_from_the_amount_of_its_currency(
    high_value: Synthesised, type: str, amount: int, currency: str, announced: bool
) -> None:
    pattern = _only(high_value, "AWS::Events::Rule", "HighValueOrdersRule").properties["EventPattern"]
    assert _announced(pattern, type, amount, currency) is announced


def test_pattern_of_one_currency_has_no_or_which_needs_two_alternatives() -> None:
    """ "There must have at least 2 Objects in $or relationship" (aws/event-ruler)."""
    only = HighValueOrders(amounts={"GBP": 1})
    app = synthesised_with(replace(STAGES["dev"], high_value_orders=only), checks=False)
    pattern = _only(app, "AWS::Events::Rule", "HighValueOrdersRule").properties["EventPattern"]
    assert pattern["detail"] == {"total": {"currency": ["GBP"], "amount": [{"numeric": [">=", 1]}]}}


def test_pattern_with_every_currency_is_within_eventbridges_limits() -> None:
    """ "Event pattern size: 2048 characters" (Amazon EventBridge quotas): thirty currencies fit."""
    thirty = (
        "AED AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS INR JPY KRW MXN MYR NOK NZD PHP PLN RON SEK SGD "
    )
    amounts = dict.fromkeys(thirty.split(), MAX_PATTERN_NUMBER)
    app = synthesised_with(
        replace(STAGES["dev"], high_value_orders=HighValueOrders(amounts=amounts)), checks=False
    )
    pattern = _only(app, "AWS::Events::Rule", "HighValueOrdersRule").properties["EventPattern"]
    assert len(json.dumps(pattern, separators=(",", ":"))) <= 2048


def test_every_event_of_the_contract_reaches_the_public_topic(public: Synthesised) -> None:
    pattern = _only(public, "AWS::Events::Rule", "PublicEventsRule").properties["EventPattern"]
    assert pattern == {"source": ["orders"], "detail-type": [each.value for each in EventType]}
    assert EXAMPLES.keys() == set(pattern["detail-type"])
    # "Event pattern size" (Amazon EventBridge quotas).
    assert len(json.dumps(pattern)) <= 2048


@pytest.mark.parametrize(
    ("switch", "id"), [("high-value orders", "HighValueOrders"), ("public events", "PublicEvents")]
)
class TestEveryTopic:
    """What all topics share."""

    def test_rule_sends_complete_events_and_has_a_dead_letter_queue(self, switch: str, id: str) -> None:
        app = turned("dev", switch)
        (target,) = _only(app, "AWS::Events::Rule", f"{id}Rule").properties["Targets"]
        assert target["Arn"] == {"Ref": _only(app, "AWS::SNS::Topic", id).id}
        undelivered = _only(app, "AWS::SQS::Queue", f"Undelivered{id}")
        assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": [undelivered.id, "Arn"]}
        # A role would prevent deliveries to an encrypted topic ("Using resource-based policies for Amazon
        # EventBridge"), and a transformer would leave out parts of the event.
        assert target.keys() == {"Arn", "Id", "DeadLetterConfig"}

    def test_only_the_topics_own_rule_may_publish(self, switch: str, id: str) -> None:
        app = turned("dev", switch)
        rule = _only(app, "AWS::Events::Rule", f"{id}Rule")
        publishing = [
            each
            for each in _statements(app, _only(app, "AWS::SNS::Topic", id))
            if each["Effect"] == "Allow" and each["Action"] == "sns:Publish"
        ]
        (publish,) = publishing
        assert publish["Principal"] == {"Service": "events.amazonaws.com"}
        assert publish["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [rule.id, "Arn"]}}}

    def test_only_the_topics_own_rule_may_send_to_the_dead_letter_queue(self, switch: str, id: str) -> None:
        app = turned("dev", switch)
        rule = _only(app, "AWS::Events::Rule", f"{id}Rule")
        queue = _only(app, "AWS::SQS::Queue", f"Undelivered{id}")
        (policy,) = (
            r.properties["PolicyDocument"]["Statement"]
            for r in app.resources("AWS::SQS::QueuePolicy")
            if r.properties["Queues"] == [{"Ref": queue.id}]
        )
        (allowed,) = (each for each in policy if each["Effect"] == "Allow")
        assert (allowed["Action"], allowed["Principal"]) == (
            "sqs:SendMessage",
            {"Service": "events.amazonaws.com"},
        )
        assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [rule.id, "Arn"]}}}

    def test_topic_requires_tls_and_is_encrypted_with_a_key_that_eventbridge_may_use(
        self, switch: str, id: str
    ) -> None:
        """Otherwise EventBridge cannot publish ("Managing Amazon SNS encryption keys and costs")."""
        app = turned("dev", switch)
        topic = _only(app, "AWS::SNS::Topic", id)
        key = _only(app, "AWS::KMS::Key", "TopicsKey")
        assert topic.properties["KmsMasterKeyId"] == {"Fn::GetAtt": [key.id, "Arn"]}
        (use,) = (
            each
            for each in key.properties["KeyPolicy"]["Statement"]
            if each["Principal"] == {"Service": "events.amazonaws.com"}
        )
        assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
        assert "Condition" not in use, "EventBridge-to-encrypted topics support none"
        assert key.properties["EnableKeyRotation"] is True
        assert any(
            each["Effect"] == "Deny" and each["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            for each in _statements(app, topic)
        )

    def test_topics_dead_letter_queue_has_an_alarm(self, switch: str, id: str) -> None:
        assert f"Undelivered{id}NotEmpty" in alarms(turned("dev", switch))

    def test_operators_find_a_topic_by_its_outputs(self, switch: str, id: str) -> None:
        app = turned("dev", switch)
        assert app.outputs()[f"{id}TopicArn"] == {"Ref": _only(app, "AWS::SNS::Topic", id).id}
        assert f"Undelivered{id}QueueUrl" in app.outputs()

    def test_topic_has_no_nag_finding_and_a_known_idle_cost(self, switch: str, id: str) -> None:
        app = turned("dev", switch)
        assert not app.findings
        plain = idle_costs(each.body for each in synthesised("dev").resources())
        with_topic = idle_costs(each.body for each in app.resources())
        keys = "a key of our own"
        assert (with_topic[keys][0], plain[keys][0]) == (2, 1)


def test_receivers_of_the_settings_get_a_mail_about_each_high_value_order(high_value: Synthesised) -> None:
    (subscription,) = (r for r in high_value.resources("AWS::SNS::Subscription") if r.stack == "events")
    assert subscription.properties["Protocol"] == "email"
    assert subscription.properties["Endpoint"] == HIGH_VALUE.receivers[0]
    assert "FilterPolicy" not in subscription.properties


def test_high_value_orders_that_a_receiver_did_not_get_have_an_alarm(high_value: Synthesised) -> None:
    alarm = alarms(high_value)["HighValueOrdersNotReceived"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SNS", "NumberOfNotificationsFailed")


def test_failures_of_other_teams_subscriptions_do_not_wake_this_team(public: Synthesised) -> None:
    assert "PublicEventsNotReceived" not in alarms(public)


def test_accounts_and_organisation_of_the_settings_may_only_subscribe(public: Synthesised) -> None:
    topic = _only(public, "AWS::SNS::Topic", "PublicEvents")
    granted = {
        each["Sid"]: each for each in _statements(public, topic) if "MaySubscribe" in each.get("Sid", "")
    }
    accounts, organisation = granted["AccountsMaySubscribe"], granted["OrganisationMaySubscribe"]
    for statement in (accounts, organisation):
        assert statement["Action"] == "sns:Subscribe"
        assert statement["Resource"] == {"Ref": topic.id}
        # Neither mail nor an address in the web: nothing would say who receives the events.
        assert statement["Condition"]["StringEquals"]["sns:Protocol"] == ["sqs", "lambda", "firehose"]
    named = json.dumps(accounts["Principal"])
    assert "111122223333" in named
    assert "444455556666" in named
    assert organisation["Condition"]["StringEquals"]["aws:PrincipalOrgID"] == "o-a1b2c3d4e5"


def test_public_topic_without_accounts_grants_nothing_to_others() -> None:
    app = synthesised_with(replace(STAGES["dev"], public_events=PublicEvents()), checks=False)
    topic = _only(app, "AWS::SNS::Topic", "PublicEvents")
    allowed = [each for each in _statements(app, topic) if each["Effect"] == "Allow"]
    assert [each["Action"] for each in allowed] == ["sns:Publish"]


@pytest.mark.parametrize("stage", STAGES)
def test_stage_without_these_settings_has_no_topic_and_no_key_of_topics(stage: str) -> None:
    app = synthesised(stage)
    assert [r.id for r in app.resources("AWS::SNS::Topic", "AWS::KMS::Key") if r.stack == "events"] == []


def test_both_topics_share_one_key() -> None:
    app = turned("dev", "mail, backups, canary")
    topics = [r for r in app.resources("AWS::SNS::Topic") if r.stack == "events"]
    assert len(topics) == 2
    assert len({json.dumps(each.properties["KmsMasterKeyId"]) for each in topics}) == 1
