"""What the functions and the state machine have written about one order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from local.logs import readable
from ops.stage import Stage
from ops.words import in_short
from ordering.order import Order

# What CloudFormation adds to the name a log group was given.
_ADDED = re.compile(r"Logs[0-9A-F]{8}$")
MACHINE = "Machine"
PUBLISHER = "PublishChanges"
# Of the routes, only those that change an order; the rest say who has looked at it.
_ROUTES = frozenset({"PlaceOrder", "CancelOrder"})
# FilterLogEvents answers a few calls a second, for the whole account.
_AT_ONCE = 4
_BEFORE = timedelta(minutes=1)
_AFTER_ITS_END = timedelta(hours=1)
# Said once, in the heading.
_KNOWN = frozenset({"order_id", "exception_name", "stack_trace"})


@dataclass(frozen=True, order=True)
class Line:
    """A line of a log: when (milliseconds since 1970), whose, and what it says."""

    at: int
    source: str
    message: str

    @property
    def fields(self) -> Mapping[str, Any]:
        """Its members, if it is structured."""
        try:
            decoded = json.loads(self.message)
        except ValueError:
            return {}
        return decoded if isinstance(decoded, dict) else {}

    @property
    def text(self) -> str | None:
        """The line for people; None when it says nothing about the work."""
        fields = self.fields
        if self.source == MACHINE:
            return _of_execution(fields)
        if not fields:
            return readable(self.message)
        told = {name: value for name, value in fields.items() if name not in _KNOWN}
        if isinstance(told.get("exception"), str):
            told["exception"] = in_short(told["exception"].strip().rpartition("\n")[2])
        return readable(json.dumps(told))


class OrderLog:
    """The log groups of a stage, asked about one order."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def lines(self, order: Order) -> list[Line]:
        """Every line that names the order, and those of the executions that drove it, oldest first."""
        groups = dict(self._groups())
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            asked = [
                threads.submit(self._said, name, group, [order.order_id], order)
                for name, group in groups.items()
            ]
            lines = {line for each in asked for line in each.result()}
        # Without execution data the machine's log knows no order, but each execution's name.
        executions = sorted({str(line.fields["execution"]) for line in lines if "execution" in line.fields})
        if executions and MACHINE in groups:
            lines |= set(self._said(MACHINE, groups[MACHINE], executions, order))
        return sorted(lines)

    def _groups(self) -> Iterator[tuple[str, str]]:
        """(function, log group) pairs, and the machine's."""
        for stack in ("api", "events", "saga"):
            pages = self._stage.cloudformation.get_paginator("list_stack_resources")
            for page in pages.paginate(StackName=self._stage.stack(stack)):
                for resource in page["StackResourceSummaries"]:
                    name, added = _ADDED.subn("", resource["LogicalResourceId"])
                    if resource["ResourceType"] != "AWS::Logs::LogGroup" or not added:
                        continue
                    if stack != "api" or name in _ROUTES:
                        yield name, resource["PhysicalResourceId"]

    def _said(self, source: str, group: str, terms: Sequence[str], order: Order) -> list[Line]:
        begin = datetime.fromisoformat(order.created_at) - _BEFORE
        end = datetime.now(UTC)
        if order.status.is_terminal:
            end = min(end, datetime.fromisoformat(order.updated_at) + _AFTER_ITS_END)
        pages = self._stage.logs.get_paginator("filter_log_events").paginate(
            logGroupName=group,
            filterPattern=_any_of(terms),
            startTime=int(begin.timestamp() * 1000),
            endTime=int(end.timestamp() * 1000),
        )
        return [
            Line(event["timestamp"], source, event["message"]) for page in pages for event in page["events"]
        ]


def _any_of(terms: Sequence[str]) -> str:
    """The filter pattern of lines that hold one of these terms."""
    if len(terms) == 1:
        return f'"{terms[0]}"'
    return " ".join(f'?"{term}"' for term in terms)


def _of_execution(fields: Mapping[str, Any]) -> str | None:
    """A line of the state machine's log: its kind and whose; what went in and out is left out."""
    details = fields.get("details", {})
    words = [str(fields.get("type", ""))]
    if isinstance(details, Mapping):
        words += [str(details[name]) for name in ("name", "error") if name in details]
        if "cause" in details:
            words.append(in_short(str(details["cause"])))
    return " ".join(filter(None, words)) or None
