"""Alarms as they are synthesised: the metrics that each watches, and when it is raised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple

from tests.infra.documented import QUOTA, Measured
from tests.synth import Json, Synthesised

_OPERATORS = {
    "GreaterThanThreshold": lambda value, bound: value > bound,
    "GreaterThanOrEqualToThreshold": lambda value, bound: value >= bound,
    "LessThanThreshold": lambda value, bound: value < bound,
}


class Metric(NamedTuple):
    """What an alarm watches, or a widget shows."""

    namespace: str
    name: str
    dimensions: dict[str, Any]


def alarms(app: Synthesised) -> dict[str, Json]:
    """alarm, by the name of its construct → its properties."""
    return {a.id[:-8]: a.properties for a in app.resources("AWS::CloudWatch::Alarm")}


def notifying(app: Synthesised) -> dict[str, Json]:
    """alarm that notifies the on-call engineer, composite or not → its properties."""
    return {name: a for name, a in alarms(app).items() if "AlarmActions" in a} | composites(app)


def composites(app: Synthesised) -> dict[str, Json]:
    """composite alarm → its properties."""
    return {a.id[:-8]: a.properties for a in app.resources("AWS::CloudWatch::CompositeAlarm")}


def parts(composite: Json) -> list[str]:
    """The alarms that a composite one combines, in the order of its rule."""
    return [name for name in _rule(composite) if isinstance(name, _Part)]


def composite_rings(composite: Json, in_alarm: Set[str]) -> bool:
    """Whether a composite alarm rings while exactly these of its parts are in alarm."""
    words = {"AND": "and", "OR": "or"}
    said = "".join(
        str(piece in in_alarm) if isinstance(piece, _Part) else piece for piece in _rule(composite)
    )
    said = re.sub(r'ALARM\("(True|False)"\)', r"\1", said)
    said = re.sub(r"\b(AND|OR)\b", lambda word: words[word[0]], said)
    assert re.fullmatch(r"(?:True|False|and|or|[() ])+", said), said
    return bool(eval(said))  # noqa: S307 (asserted above)


class _Part(str):
    """The name of an alarm in a rule."""


def _rule(composite: Json) -> Iterator[str]:
    _, pieces = composite["AlarmRule"]["Fn::Join"]
    for piece in pieces:
        yield piece if isinstance(piece, str) else _Part(piece["Fn::GetAtt"][0][:-8])


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
        query["Id"]: _statistic(query["MetricStat"], measured)
        for query in alarm["Metrics"]
        if "MetricStat" in query
    }
    quota = str(measured.get(QUOTA, 1))
    return _computed(re.sub(r"SERVICE_QUOTA\(\w+\)", quota, expression), named)


def _statistic(query: Json, measured: Measured) -> float | None:
    name = query["Metric"]["MetricName"]
    return measured.get(f"{name} {query['Stat']}", measured.get(name))


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
