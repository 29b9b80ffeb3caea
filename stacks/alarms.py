"""What every alarm has: whom it notifies, its runbook, and what a missing point means."""

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
    """What to do when it goes off: `OrdersParked` → `docs/runbooks/orders-parked.md`."""
    words = re.findall("[A-Z][a-z]*", alarm)
    return f"docs/runbooks/{'-'.join(words).lower()}.md"


@dataclass(frozen=True, slots=True)
class Alarms:
    """Makes alarms that notify the on-call engineer.

    An alarm stands in the stack of what it watches. In a stack of its own it would import the other's names,
    and CloudFormation refuses to remove, or to replace, what another stack still imports.
    """

    settings: Settings
    action: SnsAction

    def add(
        self,
        scope: Construct,
        id: str,
        metric: cloudwatch.IMetric,
        *,
        says: str,
        above: float | None = None,
        at_least: float | None = None,
        below: float | None = None,
        periods: int = 1,
        # Nothing measured is nothing wrong: quiet metrics have no points.
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> cloudwatch.Alarm:
        """Add an alarm to `scope`, with exactly one of the three bounds.

        `periods` is how many of the metric's periods in a row must be out of bounds. `says` is the situation,
        in a sentence or two; the path of its runbook is added to it.
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
            alarm_description=f"{says} {runbook(id)}",
        )
        alarm.add_alarm_action(self.action)
        alarm.add_ok_action(self.action)
        return alarm
