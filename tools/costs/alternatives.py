"""Calculates what orders would cost with another kind of workflow, and what a single request costs."""

from collections.abc import Iterator
from typing import NamedTuple

from tools.costs.bill import Service, lines, total
from tools.costs.counts import MACHINE, Journey, Unit
from tools.costs.deployment import Deployment
from tools.costs.durations import DRIVER
from tools.costs.prices import usd
from tools.costs.workflow_costs import CHECKPOINT_GB, DURABLE_GB_WRITTEN, DURABLE_OPERATION

_MILLION = 1_000_000
# "AWS Lambda pricing", "Amazon API Gateway pricing": each month; the API's for twelve months.
_FREE_INVOCATIONS = 1_000_000
_FREE_GIGABYTE_SECONDS = 400_000
_FREE_API_REQUESTS = 1_000_000


class Workflow(NamedTuple):
    """A kind of workflow, and the dollars for a million orders: of the workflow alone, and of everything."""

    name: str
    alone: float
    all: float


def workflows(journey: Journey, deployment: Deployment) -> Iterator[Workflow]:
    """Yields the kinds of workflow that could drive a journey's orders.

    Express needs a driver that waits for the execution. The others need none, and have a history of their own
    instead of a log.
    """
    express = sum(line.dollars for line in lines(journey, deployment) if line.step == MACHINE)
    waiting = sum(
        line.dollars
        for line in lines(journey, deployment)
        if (line.step, line.service) == (DRIVER, Service.LAMBDA_TIME)
    )
    everything = total(journey, deployment)
    rest = everything - express - waiting
    yield Workflow("Express, with its log and its waiting driver", express + waiting, everything)
    standard = _MILLION * journey.total(Unit.TRANSITIONS) * usd("transition")
    yield Workflow("Standard", standard, rest + standard)
    # One operation to start, and one for each task, each with a checkpoint.
    operations = journey.total(Unit.EXECUTIONS) + journey.total(Unit.TASKS)
    durable = _MILLION * operations * (DURABLE_OPERATION + CHECKPOINT_GB * DURABLE_GB_WRITTEN)
    yield Workflow("Lambda durable functions (prices of US East)", durable, rest + durable)


class Requests(NamedTuple):
    """The dollars for requests to a function that runs for some time, with and without the free tier."""

    megabytes: int
    function: float
    function_in_free_tier: float
    with_api: float
    with_api_in_free_tier: float


def requests(number: int, milliseconds: int, megabytes: int) -> Requests:
    """Returns the cost of requests to one function on x86 that makes no calls and writes no logs."""
    gigabyte_seconds = number * milliseconds / 1000 * megabytes / 1024
    function = number * usd("invocation") + gigabyte_seconds * usd("lambda_gigabyte_second_x86")
    free = max(0, number - _FREE_INVOCATIONS) * usd("invocation")
    free += max(0.0, gigabyte_seconds - _FREE_GIGABYTE_SECONDS) * usd("lambda_gigabyte_second_x86")
    api = number * usd("api_request")
    free_api = max(0, number - _FREE_API_REQUESTS) * usd("api_request")
    return Requests(megabytes, function, free, function + api, free + free_api)
