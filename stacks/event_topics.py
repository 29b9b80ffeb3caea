"""Topics to which EventBridge sends events itself, without a function.

A message is the whole event, as on the bus. EventBridge sets no message attributes, so a subscription filters
by the message's body (`docs/decisions/0020-topics-without-a-function.md`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import jsii
from aws_cdk import CfnOutput, Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_sns_subscriptions import EmailSubscription
from aws_cdk.interfaces.aws_events import IRuleRef

from ordering.domain.events.types import EventType
from stacks.acceptances import Checker
from stacks.nag import accept, suppress_nag
from stacks.queue import DeadLetterQueue
from stacks.settings import HighValueOrders, PublicEvents
from stacks.stack import OrderStack
from stacks.wildcards import KEY_POLICY_ROOT, KEY_POLICY_USE

RUNBOOK = "docs/runbooks/event-topics.md"
"""The runbook of the alarms on all topics."""

HIGH_VALUE = "HighValueOrders"
PUBLIC = "PublicEvents"

# How other accounts may receive events: by what AWS authenticates, and not by mail or at any web address.
_PROTOCOLS: Final = ("sqs", "lambda", "firehose")


@jsii.implements(events.IRuleTarget)
class _Target:
    """A topic as the target of a rule, with the queue for events that do not reach it.

    The target of aws-cdk-lib would let every rule of every account publish: its topic policy names no rule.
    """

    def __init__(self, topic: sns.Topic, undelivered: sqs.Queue) -> None:
        self._topic = topic
        self._undelivered = undelivered

    def bind(self, rule: IRuleRef, id: str | None = None) -> events.RuleTargetConfig:
        """Returns the target, and lets this rule alone publish to the topic and send to the queue."""
        for resource, action in ((self._topic, "sns:Publish"), (self._undelivered, "sqs:SendMessage")):
            resource.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal("events.amazonaws.com")],
                    actions=[action],
                    resources=[
                        self._topic.topic_arn if resource is self._topic else self._undelivered.queue_arn
                    ],
                    conditions={"ArnEquals": {"aws:SourceArn": rule.rule_ref.rule_arn}},
                )
            )
        return events.RuleTargetConfig(
            arn=self._topic.topic_arn,
            dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=self._undelivered.queue_arn),
        )


class EventTopic(sns.Topic):
    """A topic, its rule, and the queue of events that EventBridge could not publish to it.

    | construct   | id of the topic `PublicEvents`                        |
    |-------------|-------------------------------------------------------|
    | topic       | `PublicEvents`; its ARN is the output `...TopicArn`   |
    | rule        | `PublicEventsRule`                                    |
    | undelivered | `UndeliveredPublicEvents`, with the alarm of a queue  |

    `stacks/watching.py` finds it by its type.
    """

    def __init__(
        self,
        stack: OrderStack,
        id: str,
        *,
        bus: events.IEventBus,
        key: kms.IKey,
        pattern: events.EventPattern,
        description: str,
        watch_deliveries: bool,
    ) -> None:
        """`watch_deliveries`: whether an alarm watches the deliveries to the subscribers."""
        super().__init__(stack, id, master_key=key, enforce_ssl=True)
        self.watch_deliveries = watch_deliveries
        self.undelivered = DeadLetterQueue(stack, f"Undelivered{id}")
        self.undelivered.runbook = RUNBOOK
        events.Rule(
            stack,
            f"{id}Rule",
            description=description,
            event_bus=bus,
            event_pattern=pattern,
            targets=[_Target(self, self.undelivered)],
        )
        CfnOutput(stack, f"{id}TopicArn", value=self.topic_arn)
        CfnOutput(stack, f"Undelivered{id}QueueUrl", value=self.undelivered.queue_url)

    def failed_deliveries(self, period: Duration) -> cloudwatch.IMetric:
        """Returns the number of messages that the topic could not deliver to a subscriber."""
        return self.metric_number_of_notifications_failed(period=period, statistic="Sum")


def add_topics(
    stack: OrderStack,
    bus: events.IEventBus,
    *,
    high_value: HighValueOrders | None,
    public: PublicEvents | None,
) -> None:
    """Add the topics that the settings name to the events stack, with the key that they share."""
    if not (high_value or public):
        return
    key = _key(stack)
    if high_value:
        _high_value_orders(stack, bus, key, high_value)
    if public:
        _public_events(stack, bus, key, public)


def _high_value_orders(
    stack: OrderStack, bus: events.IEventBus, key: kms.IKey, orders: HighValueOrders
) -> None:
    """Announce orders of a high value once they are confirmed: before that, many are declined."""
    topic = EventTopic(
        stack,
        HIGH_VALUE,
        bus=bus,
        key=key,
        pattern=events.EventPattern(
            source=["orders"],
            detail_type=[EventType.ORDER_CONFIRMED],
            detail=_at_least(orders.amounts),
        ),
        description="Sends confirmed orders of a high value to their topic",
        watch_deliveries=True,
    )
    for receiver in orders.receivers:
        subscription = topic.add_subscription(EmailSubscription(receiver))
        suppress_nag(
            subscription,
            "Serverless-SNSRedrivePolicy",
            "An alarm watches mails that could not be delivered; the order itself needs no action.",
        )


def _at_least(amounts: Mapping[str, int]) -> dict[str, Any]:
    """Returns the pattern of orders whose total is at least the amount of its currency."""
    alternatives: Sequence[dict[str, Any]] = [
        {"total": {"currency": [currency], "amount": [{"numeric": [">=", amount]}]}}
        for currency, amount in sorted(amounts.items())
    ]
    # `$or` needs at least two alternatives.
    return alternatives[0] if len(alternatives) == 1 else {"$or": alternatives}


def _public_events(stack: OrderStack, bus: events.IEventBus, key: kms.IKey, public: PublicEvents) -> None:
    """Publish every event of the contract to a topic that other accounts may subscribe to."""
    topic = EventTopic(
        stack,
        PUBLIC,
        bus=bus,
        key=key,
        pattern=events.EventPattern(source=["orders"], detail_type=list(EventType)),
        description="Sends all events to the public topic",
        watch_deliveries=False,
    )
    subscribe = {"StringEquals": {"sns:Protocol": list(_PROTOCOLS)}}
    if public.accounts:
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AccountsMaySubscribe",
                principals=[iam.AccountPrincipal(account) for account in public.accounts],
                actions=["sns:Subscribe"],
                resources=[topic.topic_arn],
                conditions=subscribe,
            )
        )
    if public.organisation:
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="OrganisationMaySubscribe",
                # "*" with this condition: "aws:PrincipalOrgID" (AWS global condition context keys).
                principals=[iam.OrganizationPrincipal(public.organisation)],
                actions=["sns:Subscribe"],
                resources=[topic.topic_arn],
                conditions=subscribe,
            )
        )


def _key(stack: OrderStack) -> kms.Key:
    """Returns the key of the topics.

    EventBridge cannot use the AWS managed key for SNS, whose policy cannot be changed. Its calls to KMS have
    no source to put into a condition ("Managing Amazon SNS encryption keys and costs": conditions on the
    source are not supported for EventBridge-to-encrypted topics). Only the rules of this stack may publish to
    the topics all the same, by the policies of the topics.
    """
    key = kms.Key(
        stack,
        "TopicsKey",
        description=f"Event topics of the order backend, {stack.settings.stage}",
        enable_key_rotation=True,
        # Topics store no messages, so nothing is lost with the key.
        removal_policy=RemovalPolicy.DESTROY,
        # The minimum of KMS ("Delete an AWS KMS key").
        pending_window=Duration.days(7),
    )
    key.grant(iam.ServicePrincipal("events.amazonaws.com"), *KEY_POLICY_USE.actions)
    accept(key, Checker.PARLIAMENT, "RESOURCE_MISMATCH kms:*", KEY_POLICY_ROOT.reason)
    return key
