"""Reads the log lines of the functions and the state machine: about one order, or the latest."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from console.log_lines import readable
from ops.documents.show import LogEntry
from ops.errors import CommandRefused
from ops.stage import Stage
from ordering.domain.operator_text import in_short, moment
from ordering.domain.order import Order

# What CDK appends to the logical id of a log group.
_LOG_GROUP_SUFFIX = re.compile(r"Logs[0-9A-F]{8}$")
MACHINE = "Machine"
PUBLISHER = "PublishChanges"
# Of the routes, only those that change an order.
_ROUTES = frozenset({"PlaceOrder", "CancelOrder"})
# FilterLogEvents has a quota of a few calls a second for the whole account.
_MAX_CONCURRENT_READS = 4
_BEFORE = timedelta(minutes=1)
_AFTER_ITS_END = timedelta(hours=1)
# The exception's last line, which is shown, has the same in short.
_OMITTED = frozenset({"exception_name", "stack_trace"})


@dataclass(frozen=True, order=True)
class LogLine:
    """A line of a log: when (milliseconds since 1970), its source, its message."""

    at: int
    source: str
    message: str

    @property
    def fields(self) -> Mapping[str, Any]:
        """Its members, if it is a JSON object."""
        try:
            decoded = json.loads(self.message)
        except (ValueError, RecursionError):
            return {}
        return decoded if isinstance(decoded, dict) else {}

    def text(self, known: Collection[str] = ()) -> str | None:
        """Returns the line without its `known` members; None for Lambda's own lines and metrics."""
        fields = self.fields
        if self.source == MACHINE:
            return _of_execution(fields)
        if not fields:
            return readable(self.message)
        shown = {name: value for name, value in fields.items() if name not in {*_OMITTED, *known}}
        if isinstance(shown.get("exception"), str):
            shown["exception"] = in_short(shown["exception"].strip().rpartition("\n")[2])
        return readable(json.dumps(shown))


class _Group(NamedTuple):
    """A log group: its stack, its source (`PlaceOrder`), and its name."""

    stack: str
    source: str
    name: str


class StageLog:
    """The log groups of a stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def about(self, order: Order) -> list[LogLine]:
        """Returns every line that names the order, and those of its executions, oldest first."""
        begin = datetime.fromisoformat(order.created_at) - _BEFORE
        end = datetime.now(UTC)
        if order.status.is_terminal:
            end = min(end, datetime.fromisoformat(order.updated_at) + _AFTER_ITS_END)
        groups = [group for group in self._groups if group.stack != "api" or group.source in _ROUTES]
        with ThreadPoolExecutor(_MAX_CONCURRENT_READS) as threads:
            reads = [threads.submit(self._lines, group, begin, end, [order.order_id]) for group in groups]
            lines = {line for each in reads for line in each.result()}
        # The state machine's log does not include execution data, so it has no order ids. Its lines are found
        # by the names of the executions, which the other lines contain.
        executions = sorted({str(line.fields["execution"]) for line in lines if "execution" in line.fields})
        machine = [group for group in groups if group.source == MACHINE]
        if executions and machine:
            lines |= set(self._lines(machine[0], begin, end, executions))
        return sorted(lines)

    def latest(self, source: str, minutes: int, term: str | None) -> list[LogLine]:
        """Returns the lines of a function (`place_order`, `PlaceOrder`) or the `Machine`, oldest first.

        Only those that contain `term`, if one is given. Raises CommandRefused if there is no such log.
        """
        wanted = source.replace("_", "").lower()
        found = [group for group in self._groups if group.source.lower() == wanted]
        if not found:
            known = ", ".join(sorted(group.source for group in self._groups))
            raise CommandRefused(f"stage {self._stage.name} has no log of {source}", f"name one of: {known}")
        end = datetime.now(UTC)
        return sorted(self._lines(found[0], end - timedelta(minutes=minutes), end, [term] if term else []))

    @cached_property
    def _groups(self) -> list[_Group]:
        pages = self._stage.cloudformation.get_paginator("list_stack_resources")
        found = []
        # A consumer of events is found by its output, in whichever stack the settings have put it.
        prefix = self._stage.stack("")
        consuming = {
            stack["StackName"].removeprefix(prefix)
            for stack in self._stage.stacks()[None]
            if any(output["OutputKey"].endswith("Consumer") for output in stack.get("Outputs", []))
        }
        for stack in sorted({"api", "events", "saga", *consuming}):
            for page in pages.paginate(StackName=self._stage.stack(stack)):
                for resource in page["StackResourceSummaries"]:
                    source, count = _LOG_GROUP_SUFFIX.subn("", resource["LogicalResourceId"])
                    if resource["ResourceType"] == "AWS::Logs::LogGroup" and count:
                        found.append(_Group(stack, source, resource["PhysicalResourceId"]))
        return found

    def _lines(self, group: _Group, begin: datetime, end: datetime, terms: Sequence[str]) -> list[LogLine]:
        pages = self._stage.logs.get_paginator("filter_log_events").paginate(
            logGroupName=group.name,
            filterPattern=_any_of(terms),
            startTime=int(begin.timestamp() * 1000),
            endTime=int(end.timestamp() * 1000),
        )
        return [
            LogLine(event["timestamp"], group.source, event["message"])
            for page in pages
            for event in page["events"]
        ]


def readable_lines(lines: Iterable[LogLine], known: Collection[str] = ()) -> Iterator[str]:
    """Yields lines for people: time, source, message; without Lambda's own lines and metrics.

    `known` are members that a heading has shown already.
    """
    for line in lines:
        if text := line.text(known):
            first, *rest = text.splitlines()
            yield f"{moment(line.at)}  {line.source:<18}  {first}"
            # The bar keeps the text from looking like a log line of its own.
            yield from (f"    | {more}" for more in rest)


def log_entries(lines: Iterable[LogLine]) -> list[LogEntry]:
    """Returns lines in the form of the JSON documents; without Lambda's own lines and metrics."""
    return [LogEntry(moment(line.at), line.source, text) for line in lines if (text := line.text())]


def _any_of(terms: Sequence[str]) -> str:
    """Returns the filter pattern for lines with one of these terms; for all lines, if there are none."""
    quoted = ['"{}"'.format(term.replace('"', r"\"")) for term in terms]
    return quoted[0] if len(quoted) == 1 else " ".join(f"?{term}" for term in quoted)


def _of_execution(fields: Mapping[str, Any]) -> str | None:
    """Returns a line of the state machine's log: its type and state, without input and output."""
    details = fields.get("details", {})
    words = [str(fields.get("type", ""))]
    if isinstance(details, Mapping):
        words += [str(details[name]) for name in ("name", "error") if name in details]
        if "cause" in details:
            words.append(in_short(str(details["cause"])))
    return " ".join(filter(None, words)) or None
