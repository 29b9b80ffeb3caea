"""Alarms as they are synthesised: the metrics that each watches, and when it is raised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tests.infra.documented import Measured
from tests.synth import Json, Synthesised

_OPERATORS = {
    "GreaterThanThreshold": lambda value, bound: value > bound,
    "GreaterThanOrEqualToThreshold": lambda value, bound: value >= bound,
    "LessThanThreshold": lambda value, bound: value < bound,
}


class Metric(NamedTuple):
    """What an alarm watches."""

    namespace: str
    name: str
    dimensions: dict[str, Any]


def alarms(app: Synthesised) -> dict[str, Json]:
    """alarm, by the name of its construct → its properties."""
    return {a.id[:-8]: a.properties for a in app.resources("AWS::CloudWatch::Alarm")}


def metrics(alarm: Json) -> Iterator[Metric]:
    """Every metric that an alarm watches."""
    said = [query["MetricStat"]["Metric"] for query in alarm.get("Metrics", []) if "MetricStat" in query]
    for metric in said or [alarm]:
        dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions", ())}
        yield Metric(metric["Namespace"], metric["MetricName"], dimensions)


def watched(app: Synthesised) -> dict[str, list[Metric]]:
    """alarm → what it watches."""
    return {name: list(metrics(alarm)) for name, alarm in alarms(app).items()}


def rings(alarm: Json, periods: Sequence[Measured]) -> bool:
    """Whether an alarm is raised after these periods of its metric, the newest last.

    "Using Amazon CloudWatch alarms": every one of the last EvaluationPeriods must be out of bounds, and a
    period without a data point is treated as TreatMissingData says.
    """
    recent = periods[-alarm["EvaluationPeriods"] :]
    assert len(recent) == alarm["EvaluationPeriods"], (
        "the situation must last as long as the alarm looks back"
    )
    return all(_breaches(alarm, measured) for measured in recent)


def _breaches(alarm: Json, measured: Measured) -> bool:
    value = _value(alarm, measured)
    if value is None:
        return bool(alarm["TreatMissingData"] == "breaching")
    return bool(_OPERATORS[alarm["ComparisonOperator"]](value, alarm["Threshold"]))


def _value(alarm: Json, measured: Measured) -> float | None:
    if "Metrics" not in alarm:
        return measured.get(alarm["MetricName"])
    ((expression),) = (query["Expression"] for query in alarm["Metrics"] if "Expression" in query)
    named: Mapping[str, float | None] = {
        query["Id"]: measured.get(query["MetricStat"]["Metric"]["MetricName"])
        for query in alarm["Metrics"]
        if "MetricStat" in query
    }
    return _computed(expression, named)


def _computed(expression: str, named: Mapping[str, float | None]) -> float | None:
    """The value of an expression of sums, products and FILL; None where a metric lacks FILL and a point."""
    filled = re.sub(r"FILL\((\w+), 0\)", lambda found: str(named[found[1]] or 0), expression)
    for name, value in named.items():
        if re.search(rf"\b{name}\b", filled) and value is None:
            return None
        filled = re.sub(rf"\b{name}\b", str(value), filled)
    # `IF(condition, then, otherwise)`, as Python has it.
    filled = re.sub(r"^IF\(([^,]+), (.*), ([^,]+)\)$", r"(\2) if (\1) else (\3)", filled)
    assert re.fullmatch(r"[\d.+*/()<> -]|(?:[\d.+*/()<> -]| if | else )+", filled), (
        f"an expression that this cannot compute: {expression}"
    )
    computed: float = eval(filled)  # noqa: S307 (digits and operators only: asserted above)
    return computed
