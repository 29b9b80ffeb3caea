"""Breaking what lies behind the API, by AWS's own APIs, and mending it again."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import parseaddr
from threading import Event
from typing import TYPE_CHECKING, Any

import boto3

from local.instance import Instance
from tests.e2e.blackhole_server import silent

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient
    from types_boto3_sesv2 import SESV2Client
    from types_boto3_sqs import SQSClient


class FaultInjector:
    """Somebody who breaks an instance; whatever they break, they mend at the end."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._lambda: LambdaClient = boto3.client("lambda", **instance.aws)
        self._sqs: SQSClient = boto3.client("sqs", **instance.aws)
        self._ses: SESV2Client = boto3.client("sesv2", **instance.aws)
        self._scheduler: Any = boto3.client("scheduler", **instance.aws)

    @contextmanager
    def broken(self, handler: str) -> Iterator[None]:
        """Let every call of a function fail, meanwhile: its table is not there."""
        name, environment = self._function(handler)
        self._configure(name, environment | {"TABLE_NAME": "no-such-table"})
        try:
            yield
        finally:
            self._configure(name, environment)

    @contextmanager
    def no_mail(self) -> Iterator[None]:
        """Let SES refuse every mail, meanwhile: it does not know the sender's domain."""
        _, environment = self._function("notify_customer")
        domain = parseaddr(environment["MAIL_SENDER"])[1].partition("@")[2]
        self._ses.delete_email_identity(EmailIdentity=domain)
        try:
            yield
        finally:
            self._ses.create_email_identity(EmailIdentity=domain)

    @contextmanager
    def silent_mail(self, *, sent: bool) -> Iterator[Event]:
        """Let SES answer nobody, meanwhile, having `sent` the mail or not; the event says it was asked."""
        name, environment = self._function("notify_customer")
        with silent(self._instance.outputs["Endpoint"] if sent else None) as (url, asked):
            self._configure(name, environment | {"AWS_ENDPOINT_URL_SESV2": url})
            try:
                yield asked
            finally:
                self._configure(name, environment)

    @contextmanager
    def no_sweep(self) -> Iterator[None]:
        """Let nothing drive an order on by the clock, meanwhile."""
        (schedule,) = self._scheduler.list_schedules()["Schedules"]
        found = self._scheduler.get_schedule(Name=schedule["Name"])
        wanted = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")
        said = {name: found[name] for name in wanted}
        self._scheduler.update_schedule(**said, State="DISABLED")
        try:
            yield
        finally:
            self._scheduler.update_schedule(**said, State="ENABLED")

    @contextmanager
    def coming_back_after(self, seconds: int, queue: str) -> Iterator[None]:
        """Let a message that was received and not handled come back so soon, meanwhile."""
        url = self._instance.outputs[queue]
        before = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
        self._sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})
        try:
            yield
        finally:
            self._sqs.set_queue_attributes(QueueUrl=url, Attributes=dict(before["Attributes"]))

    @contextmanager
    def nobody_receives(self, handler: str) -> Iterator[None]:
        """Let a function's queue deliver nothing to it, meanwhile."""
        name, _ = self._function(handler)
        (mapping,) = self._lambda.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        self._lambda.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        try:
            yield
        finally:
            self._lambda.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    def waiting_in(self, queue: str) -> int:
        """How many messages of a queue could be received now."""
        answer = self._sqs.get_queue_attributes(
            QueueUrl=self._instance.outputs[queue], AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def kill_workers(self) -> int:
        """Kill every process in which the engine runs a function, and nobody else's; answers how many."""
        engine = self._instance.home.load().engine
        assert engine is not None
        assert engine.process.is_alive()
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
        """The name of the function that runs `handler`, the name of its module, and its environment."""
        (found,) = (
            function
            for page in self._lambda.get_paginator("list_functions").paginate()
            for function in page["Functions"]
            if function["Handler"] == f"{handler}.handler"
        )
        return found["FunctionName"], dict(found["Environment"]["Variables"])

    def _configure(self, name: str, environment: dict[str, str]) -> None:
        self._lambda.update_function_configuration(FunctionName=name, Environment={"Variables": environment})
