"""What the engine and the functions have written lately."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import boto3

from local.cloud import Connection

# What Lambda itself writes around every call; the functions' own lines say more.
_FRAME = re.compile(r"^(START|END|REPORT) RequestId")
# What CloudFormation and CDK add to the name a log group was given.
_ADDED = re.compile(r"(Logs?)?[0-9A-F]{8}$")
# Members of a structured line that repeat what stands beside it, or what only AWS makes use of.
_REPEATED = frozenset(
    {
        *("level", "message", "timestamp", "location", "service", "stage", "cold_start", "xray_trace_id"),
        *("function_name", "function_arn", "function_memory_size", "function_request_id"),
    }
)


def engine_lines(log: Path, count: int) -> list[str]:
    """The last ``count`` lines of the engine's log."""
    return log.read_text(errors="replace").splitlines()[-count:] if log.is_file() else []


def function_lines(aws: Connection, count: int, named: str = "") -> list[str]:
    """The last ``count`` lines of all log groups whose name holds ``named`` (in any case), oldest first."""
    logs = boto3.client("logs", **aws)
    found: list[tuple[int, str]] = []
    for groups in logs.get_paginator("describe_log_groups").paginate():
        for group in groups["logGroups"]:
            name = group["logGroupName"]
            if named.lower() not in name.lower():
                continue
            function = _ADDED.sub("", name.rsplit("/", 1)[-1])
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=name):
                for event in page["events"]:
                    said = readable(event["message"])
                    if said is not None:
                        found.append((event["timestamp"], f"{_clock(event['timestamp'])} {function}: {said}"))
    return [line for _, line in sorted(found, key=lambda each: each[0])[-count:]]


def readable(message: str) -> str | None:
    """A function's log line for people: a structured one as ``LEVEL message name=value``, another as it is.

    None for a line that says nothing about the work: Lambda's frame, and metrics.
    """
    text = message.rstrip()
    if not text or _FRAME.match(text):
        return None
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(line, dict) or "message" not in line:
        return None if isinstance(line, dict) and "_aws" in line else text
    members = [f"{name}={_plain(value)}" for name, value in line.items() if name not in _REPEATED]
    return " ".join([str(line.get("level", "")), _plain(line["message"]), *members]).strip()


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _clock(milliseconds: int) -> str:
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}"
