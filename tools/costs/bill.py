"""The bill of a journey: dollars for a million orders, by service and by step."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum
from math import ceil
from typing import NamedTuple

from tools.costs.counts import MACHINE, Journey, Step, Unit
from tools.costs.deployment import Deployment
from tools.costs.durations import execution_milliseconds, is_step_of_saga, milliseconds
from tools.costs.prices import usd

_GIGABYTE = 1e9
_EXECUTION_GIGABYTES = 64 / 1024
_EXECUTION_SECONDS = 0.1
# X-Ray's default rule records the first request in each second, and one in twenty of the others ("Configuring
# sampling rules", AWS X-Ray). At a million orders a day, the latter are almost all.
_SAMPLED = 0.05
_MILLION = 1_000_000


class Service(StrEnum):
    """What is billed, in the order of the bill."""

    WRITES = "DynamoDB, writes"
    READS = "DynamoDB, reads"
    LAMBDA_REQUESTS = "Lambda, requests"
    LAMBDA_TIME = "Lambda, time (modelled)"
    EXPRESS = "Step Functions, Express"
    EXECUTION_LOG = "Logs of executions"
    FUNCTION_LOGS = "Logs, the functions' own lines"
    PLATFORM_LOGS = "Logs, Lambda's lines about invocations"
    ACCESS_LOG = "Logs of the API's requests"
    EVENTS = "EventBridge, events"
    ARCHIVE = "EventBridge, archive"
    QUEUES = "SQS"
    FILES = "S3, requests"
    API = "API Gateway"
    MAIL = "SES"
    TRACES = "X-Ray"


class Line(NamedTuple):
    """A part of a bill."""

    step: str
    service: Service
    dollars: float


def lines(journey: Journey, deployment: Deployment) -> Iterator[Line]:
    """Yields the parts of the bill of a million orders of a journey."""
    for name, step in journey.steps.items():
        for service, dollars in _costs(journey, name, step, deployment):
            if dollars:
                yield Line(name, service, dollars * _MILLION / journey.orders)


def by_service(bill: Iterable[Line]) -> dict[str, float]:
    """Returns service → dollars."""
    return _summed((line.service, line.dollars) for line in bill)


def by_step(bill: Iterable[Line]) -> dict[str, float]:
    """Returns step → dollars."""
    return _summed((line.step, line.dollars) for line in bill)


def total(journey: Journey, deployment: Deployment) -> float:
    """Returns the dollars for a million orders of a journey."""
    return sum(line.dollars for line in lines(journey, deployment))


def _summed(parts: Iterable[tuple[str, float]]) -> dict[str, float]:
    sums: defaultdict[str, float] = defaultdict(float)
    for name, dollars in parts:
        sums[name] += dollars
    return sums


def _costs(
    journey: Journey, name: str, step: Step, deployment: Deployment
) -> Iterator[tuple[Service, float]]:
    counts = step.counts
    writes = counts[Unit.WRITE_UNITS] + counts[Unit.INDEX_WRITE_UNITS]
    yield Service.WRITES, writes * usd("write_unit")
    yield Service.READS, counts[Unit.READ_UNITS] * usd("read_unit")
    yield Service.EVENTS, counts[Unit.EVENTS] * usd("event")
    yield Service.ARCHIVE, counts[Unit.EVENT_BYTES] / _GIGABYTE * usd("archived_gigabyte")
    yield Service.QUEUES, counts[Unit.QUEUE_REQUESTS] * usd("queue_request")
    files = counts[Unit.FILE_WRITES] * usd("file_write") + counts[Unit.FILE_READS] * usd("bucket_read")
    yield Service.FILES, files
    yield Service.MAIL, counts[Unit.MAILS] * usd("mail")
    yield Service.FUNCTION_LOGS, _log(counts[Unit.LOG_BYTES])
    requests = counts[Unit.API_REQUESTS]
    yield Service.API, requests * usd("api_request")
    yield Service.ACCESS_LOG, _log(requests * deployment.access_log_bytes)
    if invocations := counts[Unit.INVOCATIONS]:
        memory = deployment.memory_of(name)
        seconds = milliseconds(journey, name, memory) / 1000
        yield Service.LAMBDA_REQUESTS, invocations * usd("invocation")
        yield Service.LAMBDA_TIME, seconds * memory / 1024 * usd("lambda_gigabyte_second")
        yield Service.PLATFORM_LOGS, _log(invocations * deployment.platform_bytes(name))
        if not is_step_of_saga(name):
            yield Service.TRACES, invocations * _SAMPLED * usd("trace")
    if name == MACHINE:
        executions = counts[Unit.EXECUTIONS]
        each = execution_milliseconds(journey) / executions / 1000
        billed = ceil(each / _EXECUTION_SECONDS) * _EXECUTION_SECONDS * _EXECUTION_GIGABYTES
        price = usd("execution") + billed * usd("execution_gigabyte_second")
        yield Service.EXPRESS, executions * price
        yield Service.EXECUTION_LOG, _log(counts[deployment.execution_log])


def _log(size: float) -> float:
    return size / _GIGABYTE * usd("log_gigabyte")
