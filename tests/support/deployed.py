"""How the functions are tied together, read from the synthesised templates."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.synth import Json, Synthesised, synthesised


@dataclass(frozen=True)
class Wiring:
    """What lies between the functions."""

    changes: tuple[Json, ...]
    """The patterns of which a record of the table's stream must match one."""
    changes_in_batch: int
    rule: Json
    """The pattern of the events that become messages of the order queue."""
    message: Json
    """How they do: `InputPathsMap` and `InputTemplate`."""
    messages_in_batch: int
    visibility_seconds: int
    most_receives: int


@cache
def wiring(stage: str = "dev") -> Wiring:
    """The wiring of a stage."""
    app = synthesised(stage)
    changes = app.one("AWS::Lambda::EventSourceMapping", "events").properties
    messages = app.one("AWS::Lambda::EventSourceMapping", "saga").properties
    (queue,) = (r for r in app.resources("AWS::SQS::Queue") if "RedrivePolicy" in r.properties)
    rule = _rule_to(queue.id, app)
    return Wiring(
        changes=tuple(json.loads(each["Pattern"]) for each in changes["FilterCriteria"]["Filters"]),
        changes_in_batch=changes["BatchSize"],
        rule=rule["EventPattern"],
        message=rule["Targets"][0]["InputTransformer"],
        messages_in_batch=messages["BatchSize"],
        visibility_seconds=queue.properties["VisibilityTimeout"],
        most_receives=queue.properties["RedrivePolicy"]["maxReceiveCount"],
    )


def _rule_to(queue_id: str, app: Synthesised) -> Json:
    (rule,) = (
        r.properties
        for r in app.resources("AWS::Events::Rule")
        if any(each["Arn"] == {"Fn::GetAtt": [queue_id, "Arn"]} for each in r.properties.get("Targets", ()))
    )
    return rule


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an event matches a pattern; of the pattern language this knows values and prefixes."""
    return all(
        matches(wanted, event.get(name, {}))
        if isinstance(wanted, dict)
        else any(_is(event.get(name), each) for each in wanted)
        for name, wanted in pattern.items()
    )


def _is(fact: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        ((operator, prefix),) = wanted.items()
        if operator != "prefix":
            raise NotImplementedError(f"patterns with `{operator}`")
        return isinstance(fact, str) and fact.startswith(prefix)
    return bool(fact == wanted)


def transformed(transformer: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """The message that an input transformer makes of an event."""
    text = str(transformer["InputTemplate"])
    for name, path in transformer["InputPathsMap"].items():
        fact: Any = event
        for part in path.removeprefix("$.").split("."):
            fact = fact[part]
        text = text.replace(f"<{name}>", json.dumps(fact))
    return text
