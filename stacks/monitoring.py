"""The monitoring stack: where alarms go, and the alarms on what the functions and the account measure."""

from aws_cdk import CfnOutput, Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk.aws_cloudwatch_actions import SnsAction
from aws_cdk.aws_sns_subscriptions import EmailSubscription, UrlSubscription
from constructs import Construct

from stacks.access import KEY_POLICY_USE
from stacks.alarms import FIVE_MINUTES, MINUTE, Alarms
from stacks.function import SERVICE, metrics_namespace
from stacks.nag import suppress_nag
from stacks.settings import Settings
from stacks.stack import OrderStack

# The sweep writes its measurements once a minute. In as many minutes it has failed to run, and not only once.
_HEARTBEAT = Duration.minutes(5)


class MonitoringStack(OrderStack):
    """The topic that alarms are published to, and its receivers.

    It needs nothing of the other stacks. Alarms on their resources stand with those (`stacks/watching.py`).
    """

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        super().__init__(scope, id, settings=settings, description="Order backend: where alarms go")
        topic = self._alarm_topic()
        for receiver in settings.alarm_receivers:
            self._subscribe(topic, receiver)
        self.alarms = Alarms(settings, SnsAction(topic))
        self._watch_sweep()
        if settings.mail:
            self._watch_mail()
        CfnOutput(self, "AlarmTopicArn", value=topic.topic_arn)

    def _subscribe(self, topic: sns.Topic, receiver: str) -> None:
        """Add a receiver; it gets alarms once it has confirmed ("Amazon SNS message delivery")."""
        subscription = topic.add_subscription(
            UrlSubscription(receiver) if receiver.startswith("https://") else EmailSubscription(receiver)
        )
        suppress_nag(
            subscription,
            "Serverless-SNSRedrivePolicy",
            "An alarm that reaches nobody still stands in CloudWatch until its cause is gone; a queue of "
            "such notices would need a receiver itself.",
        )

    def _watch_sweep(self) -> None:
        """By what the sweep itself measures, once a minute."""
        self.alarms.add(
            self,
            "SweepNotRunning",
            self._measured("OpenOrdersOverdue", period=_HEARTBEAT, statistic="SampleCount"),
            below=1,
            missing=cloudwatch.TreatMissingData.BREACHING,
            says="The sweep has not run to its end for five minutes: what stands still is not found.",
        )
        self.alarms.add(
            self,
            "OrdersParked",
            self._measured("ParkedOrders"),
            above=0,
            says="Orders were driven in vain too often and are parked: find the cause, fix it, unpark them.",
        )
        self.alarms.add(
            self,
            "OrdersWaiting",
            self._measured("OrdersWaiting"),
            above=0,
            periods=5,
            says="For five minutes orders have waited for a provider, or for anything to succeed at all.",
        )
        self.alarms.add(
            self,
            "OrdersStandStill",
            self._measured("OldestOpenOrder"),
            above=Duration.hours(1).to_seconds(),
            periods=3,
            says="An order has not moved for an hour, although the sweep drives it on.",
        )
        self.alarms.add(
            self,
            "PaymentsNotSettled",
            self._measured("PaymentsNotSettled"),
            above=0,
            says="An order has ended, and what it owes a customer could not be given back.",
        )
        self.alarms.add(
            self,
            "RemovalsStandStill",
            self._measured("OldestRemoval"),
            above=Duration.hours(6).to_seconds(),
            says="A customer has asked to be forgotten hours ago, and it is not done.",
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
            self.alarms.add(
                self,
                id,
                cloudwatch.Metric(
                    namespace="AWS/SES",
                    metric_name=f"Reputation.{rate}",
                    period=FIVE_MINUTES,
                    statistic="Average",
                ),
                at_least=bound,
                # Where no mail is sent, the rate stays as it was.
                missing=cloudwatch.TreatMissingData.IGNORE,
                says=f"{says}, SES may send no more.",
            )

    def _measured(
        self, name: str, *, period: Duration = MINUTE, statistic: str = "Maximum"
    ) -> cloudwatch.Metric:
        """A metric of the functions' own, as Powertools writes it."""
        return cloudwatch.Metric(
            namespace=metrics_namespace(self.settings),
            metric_name=name,
            dimensions_map={"service": SERVICE},
            period=period,
            statistic=statistic,
        )

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
            # The shortest that KMS takes ("Delete an AWS KMS key"); until then, a deleted key is listed.
            pending_window=Duration.days(7),
        )
        key.grant(cloudwatch_alarms, *KEY_POLICY_USE.actions)
        topic = sns.Topic(self, "Alarms", master_key=key, enforce_ssl=True)
        # A topic policy of one's own, which TLS takes, replaces the one that let the account's alarms in.
        topic.grant_publish(cloudwatch_alarms)
        return topic
