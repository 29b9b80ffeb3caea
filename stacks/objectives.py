"""The service level objectives, and the alarms on the burn rates of their error budgets.

An objective allows a small share of bad events in 30 days, its error budget. At a burn rate of 1, the budget
is used up in exactly 30 days; at 2, in 15 days. "Alerting on SLOs" (The Site Reliability Workbook, chapter 5,
"Multiwindow, Multi-Burn-Rate Alerts") recommends these windows: at a burn rate of 14.4, one hour uses 2 % of
the budget; at 6, six hours use 5 %. The short window, a twelfth of the long one, lets the alarm end soon
after its cause has ended.

All metrics of an expression must have the same period, so each window is an alarm of its own, without an
action. A composite alarm combines them and notifies.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from ordering.domain.measurements import IN_TIME_SECONDS, Figure
from stacks.alarms import Alarms, PartAlarm
from stacks.api import ApiStack
from stacks.measured import measured
from stacks.settings import Settings

_MetricsOf = Callable[[Duration], Mapping[str, cloudwatch.IMetric]]

# If there are few events, a single bad one exceeds every rate ("Low-Traffic Services and Error Budget
# Alerting", in the same chapter).
_IGNORED_BAD_EVENTS = 4


class _Window(NamedTuple):
    name: str
    period: Duration


class _Speed(NamedTuple):
    burn_rate: float
    windows: tuple[_Window, _Window]


SPEEDS = (
    _Speed(14.4, (_Window("Hour", Duration.hours(1)), _Window("FiveMinutes", Duration.minutes(5)))),
    _Speed(6.0, (_Window("SixHours", Duration.hours(6)), _Window("HalfHour", Duration.minutes(30)))),
)
"""A fast and a slow burn, each with its long and its short window."""


@dataclass(frozen=True, slots=True)
class Objective:
    """At most `budget` of all events are bad. `bad` and `total` are expressions of the metrics."""

    id: str
    """The id of its composite alarm."""
    title: str
    budget: float
    description: str
    metrics: _MetricsOf
    bad: str
    total: str

    def burn_rate(self, period: Duration) -> cloudwatch.MathExpression:
        """Returns the burn rate over a period: 1 uses the budget up in 30 days."""
        rate = f"{self.bad} / {self.total} / {self.budget}"
        return cloudwatch.MathExpression(
            label=f"{self.title}: burn rate",
            expression=f"IF({self.bad} > {_IGNORED_BAD_EVENTS}, {rate}, 0)",
            using_metrics=self.metrics(period),
            period=period,
        )

    def good_percent(self, period: Duration) -> cloudwatch.MathExpression:
        """Returns the share of good events, in percent."""
        return cloudwatch.MathExpression(
            label=self.title,
            expression=f"100 * (1 - {self.bad} / {self.total})",
            using_metrics=self.metrics(period),
            period=period,
        )


def api_availability(api: ApiStack) -> Objective:
    """Returns the objective of the API: 99.9 % of requests get a response without a server error."""
    return Objective(
        id="ApiErrorBudgetBurns",
        title="Requests without a server error",
        budget=0.001,
        description="The API returns so many server errors (5xx) that its error budget, one request in a "
        "thousand, would be used up within five days.",
        metrics=lambda period: {
            "failed": api.api.metric_server_error(period=period, statistic="Sum"),
            "requests": api.api.metric_count(period=period, statistic="Sum"),
        },
        bad="FILL(failed, 0)",
        total="requests",
    )


def orders_in_time(settings: Settings) -> Objective:
    """Returns the objective of the saga: 99 % of orders end within a minute, whatever their outcome."""

    def metrics(period: Duration) -> Mapping[str, cloudwatch.IMetric]:
        name = Figure.ENDED_IN_TIME.value
        return {
            "ended": measured(settings, name, period=period, statistic="SampleCount"),
            "inTime": measured(settings, name, period=period, statistic="Sum"),
        }

    return Objective(
        id="OrderTimeBudgetBurns",
        title=f"Orders that ended within {IN_TIME_SECONDS:.0f} s",
        budget=0.01,
        description=f"So many orders take longer than {IN_TIME_SECONDS:.0f} seconds to end that their error "
        "budget, one order in a hundred, would be used up within five days.",
        metrics=metrics,
        bad="(ended - inTime)",
        total="ended",
    )


def watch_objective(scope: Construct, objective: Objective, alarms: Alarms) -> None:
    """Add the alarms of an objective: one for each window, and the composite one that notifies."""
    burns = []
    for speed in SPEEDS:
        windows = [
            PartAlarm(
                scope,
                f"{objective.id}{window.name}",
                objective.burn_rate(window.period),
                above=speed.burn_rate,
                part_of=objective.id,
            )
            for window in speed.windows
        ]
        in_alarm = [cloudwatch.AlarmRule.from_alarm(alarm, cloudwatch.AlarmState.ALARM) for alarm in windows]
        burns.append(cloudwatch.AlarmRule.all_of(*in_alarm))
    alarms.add_composite(
        scope, objective.id, cloudwatch.AlarmRule.any_of(*burns), description=objective.description
    )
