"""Causes faults behind the API through the AWS APIs, and reverses them at the end of a block."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import parseaddr
from threading import Event
from typing import TYPE_CHECKING, Any

import boto3

from console.processes import is_alive
from local.environment import Instance
from tests.e2e.blackhole_server import blackhole_server

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient
    from types_boto3_sesv2 import SESV2Client
    from types_boto3_sqs import SQSClient

# `stacks.function.LIVE`, whose module takes CDK to import.
_LIVE = "live"


class FaultInjector:
    """Causes faults in an instance. Each fault lasts as long as its `with` block."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._lambda: LambdaClient = boto3.client("lambda", **instance.aws)
        self._sqs: SQSClient = boto3.client("sqs", **instance.aws)
        self._ses: SESV2Client = boto3.client("sesv2", **instance.aws)
        self._scheduler: Any = boto3.client("scheduler", **instance.aws)

    @contextmanager
    def failing(self, handler: str) -> Iterator[None]:
        """Make every invocation of a function fail: its table is one that its role may not use."""
        name, environment = self._function(handler)
        self._configure(name, environment | {"TABLE_NAME": "another-table"})
        try:
            yield
        finally:
            self._configure(name, environment)

    @contextmanager
    def mail_refused(self) -> Iterator[None]:
        """Make SES refuse every mail: the sender's domain has no identity."""
        _, environment = self._function("notify_customer")
        domain = parseaddr(environment["MAIL_SENDER"])[1].partition("@")[2]
        self._ses.delete_email_identity(EmailIdentity=domain)
        try:
            yield
        finally:
            self._ses.create_email_identity(EmailIdentity=domain)

    @contextmanager
    def unanswered_mail(self, *, sent: bool) -> Iterator[Event]:
        """Make SES never respond, and send the mail only if `sent`; yields an event of its first call."""
        name, environment = self._function("notify_customer")
        with blackhole_server(self._instance.outputs["Endpoint"] if sent else None) as (url, asked):
            self._configure(name, environment | {"AWS_ENDPOINT_URL_SESV2": url})
            try:
                yield asked
            finally:
                self._configure(name, environment)

    @contextmanager
    def sweep_disabled(self) -> Iterator[None]:
        """Disable the schedule of the sweep."""
        sweep, _ = self._function("reconcile_orders")
        (found,) = (
            each
            for each in map(self._schedule, self._scheduler.list_schedules()["Schedules"])
            if sweep in each["Target"]["Arn"]
        )
        wanted = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")
        unchanged = {name: found[name] for name in wanted}
        self._scheduler.update_schedule(**unchanged, State="DISABLED")
        try:
            yield
        finally:
            self._scheduler.update_schedule(**unchanged, State="ENABLED")

    def _schedule(self, listed: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._scheduler.get_schedule(Name=listed["Name"])
        return found

    @contextmanager
    def visibility_timeout(self, seconds: int, queue: str) -> Iterator[None]:
        """Redeliver a message of this queue this many seconds after a receive without a deletion."""
        url = self._instance.outputs[queue]
        before = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
        self._sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})
        try:
            yield
        finally:
            self._sqs.set_queue_attributes(QueueUrl=url, Attributes=dict(before["Attributes"]))

    @contextmanager
    def event_source_disabled(self, handler: str) -> Iterator[None]:
        """Deliver no message of its queue to a function."""
        name, _ = self._function(handler)
        (mapping,) = self._lambda.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        self._lambda.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        try:
            yield
        finally:
            self._lambda.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    def visible_messages(self, queue: str) -> int:
        """The number of messages of a queue that could be received now."""
        answer = self._sqs.get_queue_attributes(
            QueueUrl=self._instance.outputs[queue], AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def kill_workers(self) -> int:
        """Kill every process in which the engine runs a function; returns the number of killed processes."""
        engine = self._instance.workspace.load().engine
        assert engine is not None
        assert is_alive(engine.process)
        listed = subprocess.run(
            ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
        ).stdout
        killed = 0
        for line in listed.splitlines():
            pid, parent, command = line.split(maxsplit=2)
            if int(parent) == engine.process.pid and command.endswith("_worker.py"):
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
                    killed += 1
        return killed

    def _function(self, handler: str) -> tuple[str, dict[str, str]]:
        """The name of the function whose module is `handler`, and its environment."""
        (found,) = (
            function
            for page in self._lambda.get_paginator("list_functions").paginate()
            for function in page["Functions"]
            if function["Handler"] == f"{handler}.handler"
        )
        return found["FunctionName"], dict(found["Environment"]["Variables"])

    def _configure(self, name: str, environment: dict[str, str]) -> None:
        """Publish a version of a function with this environment, and let its callers run it."""
        self._lambda.update_function_configuration(FunctionName=name, Environment={"Variables": environment})
        version = self._lambda.publish_version(FunctionName=name)["Version"]
        self._lambda.update_alias(FunctionName=name, Name=_LIVE, FunctionVersion=version)
