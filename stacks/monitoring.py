"""The monitoring stack: what calls a person, and where it calls."""

import re
from collections.abc import Sequence

from aws_cdk import CfnOutput, Duration, RemovalPolicy
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.aws_cloudwatch_actions import SnsAction
from constructs import Construct

from stacks.access import KEY_POLICY_USE
from stacks.function import SERVICE, metrics_namespace
from stacks.queue import DeadLetterQueue
from stacks.settings import Settings
from stacks.stack import OrderStack

_MINUTE = Duration.minutes(1)
_FIVE_MINUTES = Duration.minutes(5)


def runbook(alarm: str) -> str:
    """What to do when it goes off: `OrdersParked` → `docs/runbooks/orders-parked.md`."""
    words = re.findall("[A-Z][a-z]*", alarm)
    return f"docs/runbooks/{'-'.join(words).lower()}.md"


class MonitoringStack(OrderStack):
    """Alarms on what the others hold. It reads them and none reads it, so no two stacks need each other."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        dead_letter_queues: Sequence[DeadLetterQueue],
        machine: sfn.StateMachine,
        publish_changes: lambda_.Function,
        changes: lambda_.EventSourceMapping,
        api: apigateway.HttpApi,
    ) -> None:
        super().__init__(scope, id, settings=settings, description="Order backend: what calls a person")
        self._topic = self._alarm_topic()
        self._action = SnsAction(self._topic)
        for queue in dead_letter_queues:
            self._alarm(
                f"{queue.node.id}NotEmpty",
                queue.metric_approximate_number_of_messages_visible(period=_MINUTE, statistic="Maximum"),
                above=0,
                says=f"{queue.node.id} holds what nothing will retry: find the cause, mend it, then redrive.",
            )
        self._watch_machine(machine)
        self._watch_outbox(publish_changes, changes)
        self._watch_sweep()
        if settings.mail:
            self._watch_mail()
        self._alarm(
            "ApiFaults",
            api.metric_server_error(period=_FIVE_MINUTES, statistic="Sum"),
            above=5,
            says="The API answered 5xx more than five times in five minutes.",
        )
        CfnOutput(self, "AlarmTopicArn", value=self._topic.topic_arn)

    def _watch_machine(self, machine: sfn.StateMachine) -> None:
        """By rate, not by count: each failure alone is driven again, and a person is called by the queue."""
        self._alarm(
            "ExecutionsNotSucceeding",
            cloudwatch.MathExpression(
                label="Executions that failed, timed out or were aborted, in percent",
                # Of a few, such as the probes while a provider is away, a tenth says nothing.
                expression="IF(started > 15, "
                "100 * (FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)) / started, 0)",
                using_metrics={
                    "failed": machine.metric_failed(period=_FIVE_MINUTES, statistic="Sum"),
                    "timedOut": machine.metric_timed_out(period=_FIVE_MINUTES, statistic="Sum"),
                    "aborted": machine.metric_aborted(period=_FIVE_MINUTES, statistic="Sum"),
                    "started": machine.metric_started(period=_FIVE_MINUTES, statistic="Sum"),
                },
                period=_FIVE_MINUTES,
            ),
            above=10,
            periods=3,
            says="More than a tenth of the saga's executions have not succeeded for a quarter of an hour.",
        )

    def _watch_outbox(self, publish_changes: lambda_.Function, changes: lambda_.EventSourceMapping) -> None:
        self._alarm(
            "ChangesPublishedLate",
            publish_changes.metric("IteratorAge", period=_MINUTE, statistic="Maximum"),
            above=Duration.minutes(5).to_milliseconds(),
            periods=3,
            says="Changes wait more than five minutes to be published: orders stand still behind them.",
        )
        self._alarm(
            "PublishingFails",
            publish_changes.metric_errors(period=_FIVE_MINUTES, statistic="Sum"),
            above=0,
            periods=3,
            says="publish_changes has failed in each of three periods of five minutes.",
        )
        self._alarm(
            "ChangesGivenUp",
            cloudwatch.Metric(
                namespace="AWS/Lambda",
                metric_name="DroppedEventCount",
                dimensions_map={"EventSourceMappingUUID": changes.event_source_mapping_id},
                period=_FIVE_MINUTES,
                statistic="Sum",
            ),
            above=0,
            says="Changes could not be published for twelve hours, and lie in the bucket: publish them.",
        )

    def _watch_sweep(self) -> None:
        """By what the sweep itself measures, once a minute."""
        self._alarm(
            "OrdersParked",
            self._measured("ParkedOrders"),
            above=0,
            says="Orders were driven in vain too often and are parked: find the cause, mend it, unpark them.",
        )
        self._alarm(
            "OrdersWaiting",
            self._measured("OrdersWaiting"),
            above=0,
            periods=5,
            says="For five minutes orders have waited for a provider, or for anything to succeed at all.",
        )
        self._alarm(
            "OrdersStandStill",
            self._measured("OldestOpenOrder"),
            above=Duration.hours(1).to_seconds(),
            periods=3,
            says="An order has not moved for an hour, although the sweep drives it on.",
        )

        self._alarm(
            "PaymentsNotSettled",
            self._measured("PaymentsNotSettled"),
            above=0,
            says="An order has ended, and what it owes a customer could not be given back.",
        )

    def _watch_mail(self) -> None:
        """By the account's own rates in this region, by which SES judges whether it may go on sending.

        Bounds, and what a missing point means, are those of "Creating reputation monitoring alarms using
        CloudWatch" (Amazon SES Developer Guide).
        """
        for id, rate, bound, says in (
            ("MailBounces", "BounceRate", 0.05, "A twentieth of the account's mails bounce; at a tenth"),
            ("MailComplaints", "ComplaintRate", 0.001, "One mail in a thousand is called spam; at five"),
        ):
            self._alarm(
                id,
                cloudwatch.Metric(
                    namespace="AWS/SES",
                    metric_name=f"Reputation.{rate}",
                    period=_FIVE_MINUTES,
                    statistic="Average",
                ),
                above=bound,
                or_equal=True,
                # Where no mail is sent, the rate stays as it was.
                missing=cloudwatch.TreatMissingData.IGNORE,
                says=f"{says}, SES may send no more.",
            )

    def _measured(self, name: str) -> cloudwatch.Metric:
        """A metric of the functions' own, as Powertools writes it."""
        return cloudwatch.Metric(
            namespace=metrics_namespace(self.settings),
            metric_name=name,
            dimensions_map={"service": SERVICE},
            period=_MINUTE,
            statistic="Maximum",
        )

    def _alarm(
        self,
        id: str,
        metric: cloudwatch.IMetric,
        *,
        above: float,
        or_equal: bool = False,
        says: str,
        periods: int = 1,
        # Nothing measured is nothing wrong: quiet metrics have no points.
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> None:
        comparison = cloudwatch.ComparisonOperator
        alarm = cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            threshold=above,
            comparison_operator=comparison.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
            if or_equal
            else comparison.GREATER_THAN_THRESHOLD,
            evaluation_periods=periods,
            treat_missing_data=missing,
            alarm_description=f"{says} {runbook(id)}",
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)

    def _alarm_topic(self) -> sns.Topic:
        """A topic that only TLS reaches, encrypted with a key that CloudWatch may use.

        The key AWS manages for SNS would not do: its policy shuts CloudWatch out, in silence.
        """
        cloudwatch_alarms = iam.ServicePrincipal(
            "cloudwatch.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": self.account}},
        )
        key = kms.Key(
            self,
            "AlarmKey",
            description=f"Alarms of the order backend, {self.settings.stage}",
            enable_key_rotation=True,
            # It hides nothing that is kept: alarms pass through.
            removal_policy=RemovalPolicy.DESTROY,
        )
        key.grant(cloudwatch_alarms, *KEY_POLICY_USE.actions)
        topic = sns.Topic(self, "Alarms", master_key=key, enforce_ssl=True)
        # A topic policy of one's own, which TLS takes, replaces the one that let the account's alarms in.
        topic.grant_publish(cloudwatch_alarms)
        return topic
