"""The log lines of the engine and of the functions: the latest ones, and new ones as they come."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from console.engine_aws import EngineConnection
from console.log_lines import readable

if TYPE_CHECKING:
    from types_boto3_logs import CloudWatchLogsClient

# What CloudFormation and CDK add to the name of a log group.
_ADDED = re.compile(r"(Logs?)?[0-9A-F]{8}$")
# A line may arrive after a line of a later time, which another worker has written.
_LATE_MILLISECONDS = 5000


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


class LogFollower:
    """Reads the new lines of the functions that it was told to follow."""

    def __init__(self, client: CloudWatchLogsClient) -> None:
        self._client = client
        self._followed: dict[str, _Followed] = {}

    def __len__(self) -> int:
        """Returns how many functions it follows."""
        return len(self._followed)

    def follow(self, function: str, group: str, *, since: float) -> None:
        """Follow the log group of a function from a time on, in seconds since 1970, unless it is followed."""
        self._followed.setdefault(group, _Followed(function, int(since * 1000)))

    def new_lines(self) -> list[str]:
        """Returns the lines since the last call, oldest first."""
        found = []
        for group, followed in list(self._followed.items()):
            try:
                found += list(self._new(group, followed))
            except self._client.exceptions.ResourceNotFoundException:
                # A deployment has removed the function.
                del self._followed[group]
        return [line for _, line in sorted(found, key=lambda each: each[0])]

    def _new(self, group: str, followed: _Followed) -> Iterator[tuple[int, str]]:
        pages = self._client.get_paginator("filter_log_events").paginate(
            logGroupName=group, startTime=followed.since
        )
        found = [
            (each["timestamp"], each["logStreamName"], each["message"])
            for page in pages
            for each in page["events"]
        ]
        new = list((Counter(found) - Counter(followed.returned)).elements())
        followed.since = max([followed.since, *(at - _LATE_MILLISECONDS for at, _, _ in found)])
        followed.returned = [each for each in found if each[0] >= followed.since]
        for at, _, message in new:
            said = readable(message)
            if said is not None:
                yield at, f"{_clock(at)} {followed.function}: {said}"


class _Followed:
    """How far the log of a function has been read."""

    def __init__(self, function: str, since: int) -> None:
        self.function, self.since = function, since
        self.returned: list[tuple[int, str, str]] = []
        """The lines from ``since`` on that were returned. The engine's events have no ids."""


def _clock(milliseconds: int) -> str:
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}"
