"""What the functions and the state machine have written: about one order, or lately."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from local.logs import readable
from ops.refusal import Refused
from ops.stage import Stage
from ops.words import in_short, moment
from ordering.domain.order import Order

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
# The exception itself says it in short.
_AT_LENGTH = frozenset({"exception_name", "stack_trace"})


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
        except (ValueError, RecursionError):
            return {}
        return decoded if isinstance(decoded, dict) else {}

    def text(self, known: Collection[str] = ()) -> str | None:
        """The line for people, without its `known` members; None when it says nothing about the work."""
        fields = self.fields
        if self.source == MACHINE:
            return _of_execution(fields)
        if not fields:
            return readable(self.message)
        told = {name: value for name, value in fields.items() if name not in {*_AT_LENGTH, *known}}
        if isinstance(told.get("exception"), str):
            told["exception"] = in_short(told["exception"].strip().rpartition("\n")[2])
        return readable(json.dumps(told))


class _Group(NamedTuple):
    """A log group: of which stack, whose (`PlaceOrder`), and its name."""

    stack: str
    source: str
    name: str


class StageLog:
    """The log groups of a stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def about(self, order: Order) -> list[Line]:
        """Every line that names the order, and those of the executions that drove it, oldest first."""
        begin = datetime.fromisoformat(order.created_at) - _BEFORE
        end = datetime.now(UTC)
        if order.status.is_terminal:
            end = min(end, datetime.fromisoformat(order.updated_at) + _AFTER_ITS_END)
        concerned = [group for group in self._groups if group.stack != "api" or group.source in _ROUTES]
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            asked = [threads.submit(self._said, group, begin, end, [order.order_id]) for group in concerned]
            lines = {line for each in asked for line in each.result()}
        # Without execution data the machine's log knows no order, but each execution's name.
        executions = sorted({str(line.fields["execution"]) for line in lines if "execution" in line.fields})
        machine = [group for group in concerned if group.source == MACHINE]
        if executions and machine:
            lines |= set(self._said(machine[0], begin, end, executions))
        return sorted(lines)

    def lately(self, source: str, minutes: int, term: str | None) -> list[Line]:
        """The lines of one function (`publish_changes`, `PublishChanges`) or of the `Machine`, oldest first;
        only those that hold `term`, if one is given. Raises Refused if there is no such log."""
        wanted = source.replace("_", "").lower()
        found = [group for group in self._groups if group.source.lower() == wanted]
        if not found:
            known = ", ".join(sorted(group.source for group in self._groups))
            raise Refused(f"stage {self._stage.name} has no log of {source}", f"name one of: {known}")
        end = datetime.now(UTC)
        return sorted(self._said(found[0], end - timedelta(minutes=minutes), end, [term] if term else []))

    @cached_property
    def _groups(self) -> list[_Group]:
        pages = self._stage.cloudformation.get_paginator("list_stack_resources")
        found = []
        for stack in ("api", "events", "saga"):
            for page in pages.paginate(StackName=self._stage.stack(stack)):
                for resource in page["StackResourceSummaries"]:
                    source, added = _ADDED.subn("", resource["LogicalResourceId"])
                    if resource["ResourceType"] == "AWS::Logs::LogGroup" and added:
                        found.append(_Group(stack, source, resource["PhysicalResourceId"]))
        return found

    def _said(self, group: _Group, begin: datetime, end: datetime, terms: Sequence[str]) -> list[Line]:
        pages = self._stage.logs.get_paginator("filter_log_events").paginate(
            logGroupName=group.name,
            filterPattern=_any_of(terms),
            startTime=int(begin.timestamp() * 1000),
            endTime=int(end.timestamp() * 1000),
        )
        return [
            Line(event["timestamp"], group.source, event["message"])
            for page in pages
            for event in page["events"]
        ]


def told_by(lines: Iterable[Line], known: Collection[str] = ()) -> Iterator[str]:
    """Lines for people: when, whose, what; without those that say nothing about the work.

    `known` are members that need not be told, since a heading has told them.
    """
    for line in lines:
        if text := line.text(known):
            first, *rest = text.splitlines()
            yield f"{moment(line.at)}  {line.source:<18}  {first}"
            # Behind a bar, so that no text can pass for a line of its own.
            yield from (f"    | {more}" for more in rest)


def _any_of(terms: Sequence[str]) -> str:
    """The filter pattern of lines that hold one of these terms; of all lines, if there are none."""
    quoted = ['"{}"'.format(term.replace('"', r"\"")) for term in terms]
    return quoted[0] if len(quoted) == 1 else " ".join(f"?{term}" for term in quoted)


def _of_execution(fields: Mapping[str, Any]) -> str | None:
    """A line of the state machine's log: its kind and whose; what went in and out is left out."""
    details = fields.get("details", {})
    words = [str(fields.get("type", ""))]
    if isinstance(details, Mapping):
        words += [str(details[name]) for name in ("name", "error") if name in details]
        if "cause" in details:
            words.append(in_short(str(details["cause"])))
    return " ".join(filter(None, words)) or None
