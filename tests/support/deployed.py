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


@dataclass(frozen=True)
class Wiring:
    """The stream and the queues that connect the functions."""

    changes: tuple[Json, ...]
    """The patterns of the stream: a record must match one of them."""
    changes_in_batch: int
    orders: Consumed
    """The order queue, of `drive_order`."""
    notifications: Consumed
    """The queue of `notify_customer`, in a stage with a sender of mail."""


@cache
def wiring(stage: str = "dev", synthesise: Callable[[Settings], Synthesised] = synthesised_with) -> Wiring:
    """Returns the wiring of a stage, with mail."""
    app = synthesise(replace(STAGES[stage], mail=MailSettings(SENDER, "shop.example")))
    changes = _source("publish_changes", app).properties
    return Wiring(
        changes=tuple(json.loads(each["Pattern"]) for each in changes["FilterCriteria"]["Filters"]),
        changes_in_batch=changes["BatchSize"],
        orders=_consumed("drive_order", app),
        notifications=_consumed("notify_customer", app),
    )


@dataclass(frozen=True)
class WebhookWiring:
    """The two queues through which webhooks are sent."""

    events: Consumed
    """The queue of `fan_out_webhooks`."""
    deliveries: Consumed
    """The queue of `deliver_webhook`, which `fan_out_webhooks` sends to."""


@cache
def webhook_wiring(stage: str = "dev") -> WebhookWiring:
    """Returns the wiring of the webhooks of a stage."""
    app = synthesised_with(replace(STAGES[stage], mail=MailSettings(SENDER, "shop.example")))
    return WebhookWiring(_consumed("fan_out_webhooks", app), _consumed("deliver_webhook", app))


@cache
def sales_wiring(stage: str = "dev") -> Consumed:
    """Returns the queue of `record_sales`, in a stage with totals of sales and with mail."""
    settings = replace(STAGES[stage], mail=MailSettings(SENDER, "shop.example"))
    return _consumed("record_sales", synthesised_with(settings))


@cache
def warehouse_wiring(stage: str = "dev") -> Consumed:
    """Returns the queue of `notify_warehouse`, in a stage with a warehouse."""
    settings = replace(STAGES[stage], warehouse=Warehouse(principals=(f"arn:aws:iam::{ACCOUNT}:role/wms",)))
    return _consumed("notify_warehouse", synthesised_with(settings))


def _consumed(handler: str, app: Synthesised) -> Consumed:
    source = _source(handler, app)
    arn = source.properties["EventSourceArn"]
    (queue,) = (
        r.properties
        for r in app.resources("AWS::SQS::Queue")
        if (r.stack, {"Fn::GetAtt": [r.id, "Arn"]}) == (source.stack, arn)
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
        function_seconds=app.function(handler).properties["Timeout"],
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
