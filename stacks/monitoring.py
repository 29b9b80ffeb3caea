"""The monitoring stack: the alarm topic, and the alarms on metrics of the functions and of the account."""

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk.aws_cloudwatch_actions import SnsAction
from constructs import Construct

from ordering.unreadable import METRIC
from stacks.alarm_topic import alarm_topic
from stacks.alarms import FIVE_MINUTES, MINUTE, Alarms
from stacks.budget import watch_spending
from stacks.measured import measured
from stacks.objectives import orders_in_time, watch_objective
from stacks.settings import Settings
from stacks.stack import OrderStack

# The sweep writes its metrics once a minute. Five minutes without them mean that it has failed several times.
_HEARTBEAT = Duration.minutes(5)


class MonitoringStack(OrderStack):
    """The topic that alarms are published to, and its receivers.

    It depends on no other stack. Alarms on resources of another stack belong to that stack
    (`stacks/watching.py`).
    """

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        super().__init__(scope, id, settings=settings, description="Order backend: where alarms go")
        topic = alarm_topic(self)
        self.alarms = Alarms(settings, SnsAction(topic))
        self._watch_sweep()
        self._watch_records()
        self._watch_account()
        watch_objective(self, orders_in_time(settings), self.alarms)
        if settings.mail:
            self._watch_mail()
        if settings.budget:
            watch_spending(self, settings.budget, settings)
        CfnOutput(self, "AlarmTopicArn", value=topic.topic_arn)

    def _watch_sweep(self) -> None:
        """Add the alarms on the metrics that the sweep writes once a minute."""
        self.alarms.add(
            self,
            "SweepNotRunning",
            self._measured("OpenOrdersOverdue", period=_HEARTBEAT, statistic="SampleCount"),
            below=1,
            missing=cloudwatch.TreatMissingData.BREACHING,
            description="The sweep has not completed a run for five minutes: orders that make no progress "
            "are not found.",
        )
        self.alarms.add(
            self,
            "OrdersParked",
            self._measured("ParkedOrders"),
            above=0,
            description="Orders keep failing while other orders end, and were parked. Find the cause, fix "
            "it, then unpark them.",
        )
        self.alarms.add(
            self,
            "OrdersWaiting",
            self._measured("OrdersWaiting"),
            above=0,
            periods=5,
            description="A provider is unavailable, or no order at all could be driven to its end for five "
            "minutes. Orders wait.",
        )
        self.alarms.add(
            self,
            "OrdersStandStill",
            self._measured("OldestOpenOrder"),
            above=Duration.hours(1).to_seconds(),
            periods=3,
            description="The status of an open order has not changed for an hour, although the sweep drives "
            "it.",
        )
        self.alarms.add(
            self,
            "PaymentsNotSettled",
            self._measured("PaymentsNotSettled"),
            above=0,
            description="An order has ended, and what it owes a customer could not be given back.",
        )
        self.alarms.add(
            self,
            "RemovalsStandStill",
            self._measured("OldestRemoval"),
            above=Duration.hours(6).to_seconds(),
            description="A customer asked to be forgotten more than six hours ago, and it is not done.",
        )

    def _watch_records(self) -> None:
        """Add the alarm on records that a function could not read. Any function may write this metric."""
        self.alarms.add(
            self,
            METRIC,
            self._measured(METRIC, period=FIVE_MINUTES, statistic="Sum"),
            above=0,
            description="A function met a record of the table that it cannot read: another tool or a release "
            "has written to it.",
        )

    def _watch_account(self) -> None:
        """Add the alarms on the concurrency that all functions of the account share in this region.

        Their metrics have no dimensions ("Viewing metrics for Lambda functions": Across All Functions).
        Alarms for each function would report the same shortage dozens of times.
        """
        self.alarms.add(
            self,
            "FunctionsThrottled",
            of_all_functions("Throttles", period=FIVE_MINUTES, statistic="Sum"),
            above=0,
            periods=3,
            description="Lambda has refused to run a function of this account for a quarter of an hour: "
            "concurrency is used up.",
        )
        self.alarms.add(
            self,
            "ConcurrencyNearQuota",
            concurrency_used(MINUTE),
            # The bound of "Working with the ClaimedAccountConcurrency metric".
            above=70,
            periods=5,
            description="Functions use more than 70 percent of the account's concurrency quota in this "
            "region. At 100 percent, Lambda refuses to run them.",
        )

    def _watch_mail(self) -> None:
        """Add the alarms on the account's bounce and complaint rates in this region.

        SES may pause an account's sending when these rates are too high. The bounds, and the treatment of
        missing data, are those of "Creating reputation monitoring alarms using CloudWatch" (Amazon SES
        Developer Guide).
        """
        for id, rate, bound, description in (
            (
                "MailBounces",
                "BounceRate",
                0.05,
                "One in twenty of the account's mails bounces. At one in ten, SES may pause its sending.",
            ),
            (
                "MailComplaints",
                "ComplaintRate",
                0.001,
                "One in a thousand of the account's mails is reported as spam. At five in a thousand, SES "
                "may pause its sending.",
            ),
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
                # While no mail is sent, the rate does not change.
                missing=cloudwatch.TreatMissingData.IGNORE,
                description=description,
            )

    def _measured(
        self, name: str, *, period: Duration = MINUTE, statistic: str = "Maximum"
    ) -> cloudwatch.Metric:
        return measured(self.settings, name, period=period, statistic=statistic)


def concurrency_used(period: Duration) -> cloudwatch.MathExpression:
    """Returns how much of the account's quota its functions use, in percent.

    "Working with the ClaimedAccountConcurrency metric" (AWS Lambda): the claimed concurrency, which includes
    reserved concurrency, in relation to the quota of the metric ConcurrentExecutions.
    """
    return cloudwatch.MathExpression(
        label="Concurrency used, in percent of the account's quota",
        expression="100 * claimed / SERVICE_QUOTA(used)",
        using_metrics={
            "claimed": of_all_functions("ClaimedAccountConcurrency", period=period, statistic="Maximum"),
            "used": of_all_functions("ConcurrentExecutions", period=period, statistic="Maximum"),
        },
        period=period,
    )


def of_all_functions(name: str, *, period: Duration, statistic: str) -> cloudwatch.Metric:
    """Returns a metric of all functions of the account in this region; it has no dimensions."""
    return cloudwatch.Metric(namespace="AWS/Lambda", metric_name=name, period=period, statistic=statistic)
