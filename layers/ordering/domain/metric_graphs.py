"""Graphs of the dashboards that the console shows too: what each consists of, and the time that it covers.

The stacks write the definitions, from the widgets of the dashboards; the function that reads the metrics gets
them as parameters.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from msgspec import Struct, field

GRAPHS = "graphs"
"""The parameter with the definitions of all graphs. Those with lines are numbered from 1."""
STEP = "{step}"
"""Where the expression of a search has its period, in seconds."""

_COUNTED = "TC("


class MetricPeriod(StrEnum):
    """How much time graphs cover."""

    THREE_HOURS = "3h"
    TWELVE_HOURS = "12h"
    DAY = "1d"
    WEEK = "7d"

    @property
    def span(self) -> timedelta:
        """The time from the first value to the end of the last one."""
        return _SPANS[self][0]

    @property
    def step(self) -> timedelta:
        """The time that one value stands for."""
        return _SPANS[self][1]

    def end(self, at: datetime) -> datetime:
        """Returns the end of the last complete step before `at`.

        The value of a step that has not ended would be too low.
        """
        seconds = self.step.total_seconds()
        return datetime.fromtimestamp(at.timestamp() // seconds * seconds, UTC)


# Between 36 and 72 values: more would not be seen in a small graph.
_SPANS: Mapping[MetricPeriod, tuple[timedelta, timedelta]] = {
    MetricPeriod.THREE_HOURS: (timedelta(hours=3), timedelta(minutes=5)),
    MetricPeriod.TWELVE_HOURS: (timedelta(hours=12), timedelta(minutes=10)),
    MetricPeriod.DAY: (timedelta(days=1), timedelta(minutes=30)),
    MetricPeriod.WEEK: (timedelta(days=7), timedelta(hours=3)),
}


class MetricUnit(StrEnum):
    """What the values of a graph are. MONEY: minor units of the currency that the line is named after."""

    COUNT = "count"
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    MONEY = "money"


class MetricsDashboard(StrEnum):
    """The dashboard that a graph belongs to."""

    BUSINESS = "business"
    MACHINERY = "machinery"


class GraphDefinition(Struct, frozen=True, kw_only=True):
    """A graph. `summed`: each value is a sum over its step. `stacked`: its lines are parts of a whole."""

    name: str
    title: str
    dashboard: MetricsDashboard
    unit: MetricUnit
    stacked: bool
    summed: bool


class LineDefinition(Struct, frozen=True, array_like=True):
    """A line of a graph: a metric, or a search (`expression`) whose every result is a line of its own.

    `period` is that of the dashboard, in seconds. It is encoded as an array, because a parameter is short.
    """

    graph: str
    label: str
    period: int
    expression: str = ""
    namespace: str = ""
    metric: str = ""
    statistic: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict)

    def value(self, read: float, step: timedelta) -> float:
        """Returns the value to show for one that was read over a step.

        TC counts values in a range: of a metric that is written in each of its periods, a longer step would
        count each thing several times. So its average over the step is shown.
        """
        if self.statistic.startswith(_COUNTED):
            read = read * self.period / step.total_seconds()
        rounded = round(read, 3)
        return int(rounded) if rounded.is_integer() else rounded
