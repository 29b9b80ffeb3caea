"""What all alarms share: their receivers, their runbooks, and how missing data is treated."""

import re
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk.aws_cloudwatch_actions import SnsAction
from constructs import Construct

from stacks.settings import Settings

MINUTE = Duration.minutes(1)
FIVE_MINUTES = Duration.minutes(5)


def runbook(alarm: str) -> str:
    """Returns the path of an alarm's runbook: `OrdersParked` → `docs/runbooks/orders-parked.md`."""
    words = re.findall("[A-Z][a-z]*", alarm)
    return f"docs/runbooks/{'-'.join(words).lower()}.md"


@dataclass(frozen=True, slots=True)
class Alarms:
    """Creates alarms that notify the on-call engineer.

    An alarm belongs to the same stack as the resource it watches. An alarm in another stack would import the
    resource's name, and CloudFormation refuses to remove or replace a resource whose name is still imported.
    """

    settings: Settings
    action: SnsAction

    def add(
        self,
        scope: Construct,
        id: str,
        metric: cloudwatch.IMetric,
        *,
        description: str,
        above: float | None = None,
        at_least: float | None = None,
        below: float | None = None,
        periods: int = 1,
        # Most metrics have no data points while nothing happens, so missing data is not a problem.
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
        page: str | None = None,
    ) -> cloudwatch.Alarm:
        """Add an alarm to `scope`, with exactly one of the three bounds.

        `periods` is how many consecutive periods of the metric must be out of bounds. `description` describes
        the situation in one or two sentences; the path of the alarm's runbook is appended to it. `page` is
        the path of a runbook that the alarm shares with others.
        """
        operator = cloudwatch.ComparisonOperator
        ((comparison, threshold),) = (
            (comparison, bound)
            for comparison, bound in (
                (operator.GREATER_THAN_THRESHOLD, above),
                (operator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD, at_least),
                (operator.LESS_THAN_THRESHOLD, below),
            )
            if bound is not None
        )
        alarm = cloudwatch.Alarm(
            scope,
            id,
            metric=metric,
            threshold=threshold,
            comparison_operator=comparison,
            evaluation_periods=periods,
            treat_missing_data=missing,
            alarm_description=f"{description} {page or runbook(id)}",
        )
        self._notify(alarm)
        return alarm

    def add_composite(
        self, scope: Construct, id: str, rule: cloudwatch.IAlarmRule, *, description: str
    ) -> cloudwatch.CompositeAlarm:
        """Add an alarm on the states of other alarms (`PartAlarm`) to `scope`."""
        alarm = cloudwatch.CompositeAlarm(
            scope, id, alarm_rule=rule, alarm_description=f"{description} {runbook(id)}"
        )
        self._notify(alarm)
        return alarm

    def _notify(self, alarm: cloudwatch.AlarmBase) -> None:
        alarm.add_alarm_action(self.action)
        alarm.add_ok_action(self.action)


class SilentAlarm(cloudwatch.Alarm):
    """An alarm that does not notify anyone; its state is used in another way."""


class PartAlarm(SilentAlarm):
    """An alarm that does not notify anyone; its state may raise the composite alarm `part_of`."""

    def __init__(
        self, scope: Construct, id: str, metric: cloudwatch.IMetric, *, above: float, part_of: str
    ) -> None:
        super().__init__(
            scope,
            id,
            metric=metric,
            threshold=above,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=f"A part of {part_of}. {runbook(part_of)}",
        )
