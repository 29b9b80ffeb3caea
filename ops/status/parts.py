"""What `status` reads, one function for each part. Every count has a limit, so that none takes long."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from ops.documents.orders import QueueDepth
from ops.documents.status import (
    AlarmFigures,
    DeadLetterCount,
    OldestOrder,
    OrderFigures,
    RaisedAlarm,
    StackState,
)
from ops.queue_depth import depth
from ops.stage import Stage
from ordering.dead_letters.letters import DeadLetterHandler
from ordering.dead_letters.queues import queue_name
from ordering.domain.clock import as_text, milliseconds
from ordering.repositories.health import Health
from ordering.repositories.reconciliation import UNREADABLE, DueOrder

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

# The limits of the counts. Ten thousand entries of the index cost a few hundred read units, and take a second
# or two.
MOST_OPEN = 10_000
MOST_PARKED = 1_000
_MOST_NAMED = 100
# Sorts after every time, so a read up to it contains all entries of the index.
_AFTER_ANY_TIME = "~"

_ALARM_TYPES = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
# One call takes at most so many names ("DescribeAlarms", Amazon CloudWatch API Reference).
_NAMES_AT_ONCE = 100
_RUNBOOK = re.compile(r"docs/runbooks/[a-z0-9-]+\.md")
# The hash that CDK appends to a construct's id.
_CDK_HASH = re.compile(r"[0-9A-F]{8}$")


def order_figures(stage: Stage) -> OrderFigures:
    """Returns how many orders are open and parked, and the one that has not changed for the longest time."""
    counted = list(islice(stage.sweep.to_nudge(_AFTER_ANY_TIME, lambda due: True), MOST_OPEN + 1))
    # The count reads the partitions of the index one after the other, and may reach its limit before the last
    # one. So the oldest order is also looked for by `open_since`, which reads all of them.
    seen = [*counted, *stage.sweep.open_since(_AFTER_ANY_TIME, _MOST_NAMED)]
    parked = len(stage.sweep.parked(MOST_PARKED + 1))
    return OrderFigures(
        open=min(len(counted), MOST_OPEN),
        open_or_more=len(counted) > MOST_OPEN,
        oldest=_oldest(seen),
        parked=min(parked, MOST_PARKED),
        parked_or_more=parked > MOST_PARKED,
        unreadable=[*sorted({due.order_id for due in seen if due.status == UNREADABLE})[:_MOST_NAMED]],
    )


def _oldest(orders: Sequence[DueOrder]) -> OldestOrder | None:
    readable = [due for due in orders if due.status != UNREADABLE]
    if not readable:
        return None
    oldest = min(readable, key=lambda due: due.updated_at)
    return OldestOrder(order_id=oldest.order_id, status=oldest.status, updated_at=oldest.updated_at)


def unavailable_providers(stage: Stage) -> list[str]:
    """Returns what orders wait for: `payments`, `shipping`, or the `platform`."""
    circuits = Health(stage.table).read(now=milliseconds()).circuits
    return sorted(name for name, circuit in circuits.items() if circuit.is_away)


def work_queue_depth(stage: Stage, output: str) -> QueueDepth:
    """Returns the depth of the queue whose URL is this output."""
    return depth(stage.sqs, queue_name(output), stage.output(output))


def letter_count(name: str, opener: Callable[[], DeadLetterHandler]) -> DeadLetterCount:
    """Returns how many letters a queue holds, without receiving any."""
    letters, or_more = opener().source.count()
    return DeadLetterCount(name=name, letters=letters, or_more=or_more)


def alarm_figures(stage: Stage) -> AlarmFigures:
    """Returns the states of all alarms of the stage's stacks; `raised` has those that notify."""
    expected: dict[str, str] = {}
    found: dict[str, Mapping[str, Any]] = {}
    for region, ids in _alarms_of(stage):
        expected |= ids
        found |= _described(stage.cloudwatch_in(region), [*ids])
    states = [alarm["StateValue"] for alarm in found.values()]
    # A part of a composite alarm has no action. It is often raised alone, and then nothing needs a person.
    notifying = {name: alarm for name, alarm in found.items() if alarm.get("AlarmActions")}
    muted = [name for name, alarm in found.items() if not alarm.get("ActionsEnabled", True)]
    return AlarmFigures(
        ok=states.count("OK"),
        insufficient_data=states.count("INSUFFICIENT_DATA"),
        raised=[
            _raised(expected[name], alarm)
            for name, alarm in notifying.items()
            if alarm["StateValue"] == "ALARM"
        ],
        muted=sorted(expected[name] for name in muted),
        missing=sorted(expected[name] for name in expected.keys() - found.keys()),
    )


def _described(cloudwatch: CloudWatchClient, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for start in range(0, len(names), _NAMES_AT_ONCE):
        described = cloudwatch.describe_alarms(
            AlarmNames=names[start : start + _NAMES_AT_ONCE],
            # Without the types, only alarms on metrics are returned.
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            MaxRecords=_NAMES_AT_ONCE,
        )
        found |= {alarm["AlarmName"]: alarm for alarm in described.get("MetricAlarms", [])}
        found |= {alarm["AlarmName"]: alarm for alarm in described.get("CompositeAlarms", [])}
    return found


def _alarms_of(stage: Stage) -> Iterator[tuple[str | None, dict[str, str]]]:
    """Yields each region with its alarms: the name at CloudWatch → the id in the stack (`OrdersParked`)."""
    for region, stacks in stage.stacks().items():
        pages = stage.cloudformation_in(region).get_paginator("list_stack_resources")
        yield (
            region,
            {
                resource.get("PhysicalResourceId", ""): _CDK_HASH.sub("", resource["LogicalResourceId"])
                for stack in stacks
                for page in pages.paginate(StackName=stack["StackName"])
                for resource in page["StackResourceSummaries"]
                if resource["ResourceType"] in _ALARM_TYPES
            },
        )


def _raised(id: str, alarm: Mapping[str, Any]) -> RaisedAlarm:
    runbook = _RUNBOOK.search(alarm.get("AlarmDescription", ""))
    since = alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")
    return RaisedAlarm(
        name=id,
        alarm=alarm["AlarmName"],
        since=as_text(since) if since else None,
        reason=alarm.get("StateReason", ""),
        runbook=runbook[0] if runbook else None,
    )


def stack_states(stage: Stage) -> list[StackState]:
    """Returns the stage's stacks, the one that was deployed last first."""
    found = [
        StackState(
            name=stack["StackName"],
            status=stack["StackStatus"],
            at=as_text(stack.get("LastUpdatedTime") or stack["CreationTime"]),
        )
        for stacks in stage.stacks().values()
        for stack in stacks
    ]
    return sorted(found, key=lambda each: each.at, reverse=True)
