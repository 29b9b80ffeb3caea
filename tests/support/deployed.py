"""Reads from the synthesised templates how the functions are connected."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from stacks.settings import STAGES, MailSettings, Settings, Warehouse
from tests.support.environment import ACCOUNT, SENDER
from tests.synth import Json, Resource, Synthesised, synthesised_with


@dataclass(frozen=True)
class Consumed:
    """A queue with a consumer: which events become its messages, and how its function receives them."""

    rule: Json
    """The pattern of the events that become messages. Empty for a queue that no rule feeds."""
    message: Json | None
    """How an event becomes a message: `InputPathsMap` and `InputTemplate`; None: unchanged."""
    messages_in_batch: int
    visibility_seconds: int
    most_receives: int
    function_seconds: int
    """The function's timeout."""
    url_variable: str
    """The environment variable from which its function knows the queue."""


@dataclass(frozen=True)
class Wiring:
    """The stream and the queues that connect the functions."""

    changes: tuple[Json, ...]
    """The patterns of the stream: a record must match one of them."""
    changes_in_batch: int
    queues: Mapping[str, Consumed]
    """The function that a queue feeds (`drive_order`) → its queue, for every queue of the app."""


@cache
def wiring(stage: str = "dev", synthesise: Callable[[Settings], Synthesised] = synthesised_with) -> Wiring:
    """Returns the wiring of a stage, with mail and with a warehouse."""
    app = synthesise(
        replace(
            STAGES[stage],
            mail=MailSettings(SENDER, "shop.example"),
            warehouse=Warehouse(principals=(f"arn:aws:iam::{ACCOUNT}:role/wms",)),
        )
    )
    changes = _source("publish_changes", app).properties
    return Wiring(
        changes=tuple(json.loads(each["Pattern"]) for each in changes["FilterCriteria"]["Filters"]),
        changes_in_batch=changes["BatchSize"],
        queues={handler: _consumed(handler, app) for handler in _fed_by_queues(app)},
    )


def _fed_by_queues(app: Synthesised) -> list[str]:
    """Returns the handlers of the functions that receive the messages of a queue."""
    queues = [(r.stack, {"Fn::GetAtt": [r.id, "Arn"]}) for r in app.resources("AWS::SQS::Queue")]
    return sorted(
        str(app.calls_live(r.stack, r.properties["FunctionName"]))
        for r in app.resources("AWS::Lambda::EventSourceMapping")
        if (r.stack, r.properties["EventSourceArn"]) in queues
    )


def _consumed(handler: str, app: Synthesised) -> Consumed:
    source = _source(handler, app)
    arn = source.properties["EventSourceArn"]
    (found,) = (
        r
        for r in app.resources("AWS::SQS::Queue")
        if (r.stack, {"Fn::GetAtt": [r.id, "Arn"]}) == (source.stack, arn)
    )
    queue, function = found.properties, app.function(handler).properties
    (variable,) = (
        name for name, value in function["Environment"]["Variables"].items() if value == {"Ref": found.id}
    )
    targets = [
        (r.properties["EventPattern"], target)
        for r in app.resources("AWS::Events::Rule")
        for target in r.properties.get("Targets", ())
        if (r.stack, target["Arn"]) == (source.stack, arn)
    ]
    ((rule, target),) = targets or [({}, {})]
    return Consumed(
        rule=rule,
        message=target.get("InputTransformer"),
        messages_in_batch=source.properties["BatchSize"],
        visibility_seconds=queue["VisibilityTimeout"],
        most_receives=queue["RedrivePolicy"]["maxReceiveCount"],
        function_seconds=function["Timeout"],
        url_variable=variable,
    )


def _source(handler: str, app: Synthesised) -> Resource:
    """Returns the event source of a function."""
    (source,) = (
        r
        for r in app.resources("AWS::Lambda::EventSourceMapping")
        if app.calls_live(r.stack, r.properties["FunctionName"]) == handler
    )
    return source


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Returns whether an event matches a pattern; supports values, prefixes and `exists`."""
    return all(
        matches(wanted, event.get(name, {}))
        if isinstance(wanted, dict)
        else any(_is(event.get(name), each) for each in wanted)
        for name, wanted in pattern.items()
    )


def _is(fact: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        ((operator, prefix),) = wanted.items()
        if operator == "exists":
            return (fact is not None) is prefix
        if operator != "prefix":
            raise AssertionError(f"patterns with `{operator}` are not matched here: add the operator")
        return isinstance(fact, str) and fact.startswith(prefix)
    return bool(fact == wanted)


def message_of(event: Mapping[str, Any], transformer: Mapping[str, Any] | None) -> str:
    """Returns the message of an event: all of it, unless there is an input transformer."""
    if transformer is None:
        return json.dumps(event)
    text = str(transformer["InputTemplate"])
    for name, path in transformer["InputPathsMap"].items():
        fact: Any = event
        for part in path.removeprefix("$.").split("."):
            fact = fact[part]
        text = text.replace(f"<{name}>", json.dumps(fact))
    return text
