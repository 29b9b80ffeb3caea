"""Dashboards as they are synthesised: their widgets, and the metrics that those show."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tests.infra.alarms import Metric
from tests.synth import Json, Resource, Synthesised

_SEARCH = re.compile(
    r"SEARCH\('\{(?P<schema>[^}]+)\} MetricName=\"(?P<name>\w+)\" service=\"(?P<service>\w+)\"', 'Sum', \d+\)"
)


class Search(NamedTuple):
    """A search for metrics: each that has these dimensions has a line."""

    namespace: str
    name: str
    dimensions: frozenset[str]


class Shown(NamedTuple):
    """A widget of a dashboard. Values of a template's functions are whole values of a dimension."""

    dashboard: str
    title: str
    metrics: list[Metric]
    searches: list[Search]
    expressions: dict[str, str]
    """label → expression."""
    ids: list[str]
    alarms: list[Any]
    properties: Json


def widgets(app: Synthesised) -> list[Shown]:
    """Every widget but the texts."""
    return [
        _shown(dashboard.id[:-8], widget["properties"])
        for dashboard in app.resources("AWS::CloudWatch::Dashboard")
        for widget in body(dashboard)["widgets"]
        if widget["type"] != "text"
    ]


def body(dashboard: Resource) -> Json:
    """What a dashboard consists of."""
    found: Json = decoded(dashboard.properties["DashboardBody"])
    return found


def decoded(said: Any) -> Any:
    """A text of a template, decoded from JSON: a template's function is a value in it."""
    pieces = [said] if isinstance(said, str) else said["Fn::Join"][1]
    functions: dict[str, Json] = {}
    text = ""
    for place, piece in enumerate(pieces):
        if isinstance(piece, str):
            text += piece
        else:
            text += f"<{place}>"
            functions[f"<{place}>"] = piece
    return _filled(json.loads(text), functions)


def _filled(value: Any, functions: Mapping[str, Json]) -> Any:
    match value:
        case dict():
            return {name: _filled(each, functions) for name, each in value.items()}
        case list():
            return [_filled(each, functions) for each in value]
        case str():
            return functions.get(value, value)
    return value


def _shown(dashboard: str, properties: Json) -> Shown:
    expressions = {}
    metrics: list[Metric] = []
    searches: list[Search] = []
    ids: list[str] = []
    for line in properties.get("metrics", []):
        *path, options = line if _is_options(line[-1]) else [*line, {}]
        if not path:
            expressions[options.get("label", options["expression"])] = options["expression"]
            searches += _searches(options["expression"])
            continue
        namespace, name, *rest = path
        metrics.append(Metric(namespace, name, dict(zip(rest[::2], rest[1::2], strict=True))))
        if "id" in options:
            ids.append(options["id"])
    return Shown(
        dashboard,
        properties.get("title", ""),
        metrics,
        searches,
        expressions,
        ids,
        properties.get("alarms", []),
        properties,
    )


def _is_options(value: Any) -> bool:
    """The last part of a line may be its options, or the value of a dimension, of a template's function."""
    return isinstance(value, dict) and bool({"stat", "expression", "id", "label"} & value.keys())


def _searches(expression: str) -> Iterator[Search]:
    if "SEARCH" in expression:
        found = _SEARCH.fullmatch(expression)
        assert found, expression
        namespace, *dimensions = found["schema"].split(",")
        yield Search(namespace, found["name"], frozenset(dimensions))


def behind(value: Json, app: Synthesised) -> Resource:
    """The resource behind an output of another stack, that a widget reads."""
    read = value["Fn::GetStackOutput"]
    (stack,) = (name for name, each in app.stacks.items() if each["stackName"] == read["StackName"])
    output = app.templates[stack]["Outputs"][read["OutputName"]]["Value"]
    id = output["Ref"] if "Ref" in output else output["Fn::GetAtt"][0]
    (found,) = (r for r in app.resources() if (r.stack, r.id) == (stack, id))
    return found
