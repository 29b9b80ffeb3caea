"""The latest log lines of the engine and of the functions."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import boto3

from console.engine_aws import EngineConnection
from console.log_lines import readable

# What CloudFormation and CDK add to the name of a log group.
_ADDED = re.compile(r"(Logs?)?[0-9A-F]{8}$")


def engine_lines(log: Path, count: int) -> list[str]:
    """Returns the last ``count`` lines of the engine's log."""
    return log.read_text(errors="replace").splitlines()[-count:] if log.is_file() else []


def function_lines(aws: EngineConnection, count: int, named: str = "") -> list[str]:
    """Returns the last ``count`` lines of all log groups whose name contains ``named``, oldest first."""
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


def _clock(milliseconds: int) -> str:
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}"
