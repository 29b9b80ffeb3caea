"""The machinery dashboard: the API, functions, queues, the saga, and the tables.

Functions, queues and alarms are found by their construct types in all stacks, so a new one is shown without
an edit here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk.aws_sqs import Queue
from constructs import IConstruct

from ordering.domain.metric_graphs import MetricUnit
from stacks.alarms import FIVE_MINUTES, MINUTE, SilentAlarm
from stacks.function import OrderFunction
from stacks.monitoring import concurrency_used, of_all_functions
from stacks.objectives import SPEEDS, api_availability, orders_in_time
from stacks.queue import DeadLetterQueue, WorkQueue
from stacks.widgets import WIDTH, InConsole, Row, graph

if TYPE_CHECKING:
    from stacks.realtime import RealtimeStack
    from stacks.stage import OrdersStage

_Found = TypeVar("_Found", bound=IConstruct)
_MetricOf = Callable[..., cloudwatch.Metric]
"""The method of a construct that returns one of its metrics, by name."""


def machinery_rows(stage: OrdersStage) -> Iterator[Row]:
    """Yield the rows of the dashboard, from top to bottom."""
    yield _alarms(stage)
    yield _objectives(stage)
    yield _api(stage)
    if stage.realtime:
        yield _realtime(stage.realtime)
    for _, functions in groupby(_found(stage, OrderFunction), Stack.of):
        yield _functions(list(functions))
    yield _all_functions()
    yield _changes(stage)
    yield _queues(stage)
    yield _saga(stage)
    yield _tables(stage)


def _found(stage: OrdersStage, kind: type[_Found]) -> list[_Found]:
    """Returns every construct of a type, the constructs of one stack together."""
    found = [construct for construct in stage.node.find_all() if isinstance(construct, kind)]
    return sorted(found, key=lambda construct: Stack.of(construct).stack_name)


def _counts(metric: _MetricOf, **labels: str) -> list[cloudwatch.Metric]:
    """Returns the sums of metrics in five minutes: name of a metric → label."""
    return [metric(name, period=FIVE_MINUTES, statistic="Sum", label=label) for name, label in labels.items()]


def _percentiles(metric: _MetricOf, name: str) -> list[cloudwatch.Metric]:
    return [metric(name, period=FIVE_MINUTES, statistic=each, label=each) for each in ("p50", "p99")]


def _alarms(stage: OrdersStage) -> Row:
    """Returns the row with every alarm that notifies; those of CloudFront are in another region."""
    metric_alarms = [
        alarm
        for alarm in _found(stage, cloudwatch.Alarm)
        if not isinstance(alarm, SilentAlarm) and Stack.of(alarm) not in (stage.edge, stage.web)
    ]
    return Row(
        "Alarms",
        "The description of each alarm ends with the path of its runbook.",
        [
            cloudwatch.AlarmStatusWidget(
                title="Alarms",
                alarms=[*_found(stage, cloudwatch.CompositeAlarm), *metric_alarms],
                width=WIDTH,
                height=6,
                sort_by=cloudwatch.AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
            )
        ],
    )


def _objectives(stage: OrdersStage) -> Row:
    (long, _), *_ = (speed.windows for speed in SPEEDS)
    limits = [(speed.burn_rate, f"alarm, {speed.windows[0].name}") for speed in SPEEDS]
    objectives = (api_availability(stage.api), orders_in_time(stage.settings))
    return Row(
        "Objectives",
        "At a burn rate of 1, the error budget lasts for 30 days.",
        [
            graph(
                f"{objective.title}: burn rate",
                [objective.burn_rate(long.period)],
                width=WIDTH // len(objectives),
                unit="burn rate, by hour",
                limits=limits,
            )
            for objective in objectives
        ],
    )


def _realtime(stack: RealtimeStack) -> Row:
    metric = stack.api.metric
    return Row(
        "WebSocket API",
        "Messages go in both directions. A client error is a message that API Gateway refuses.",
        [
            graph("Messages", _counts(metric, MessageCount="messages"), width=8, unit="in 5 minutes"),
            graph(
                "Errors",
                _counts(
                    metric, ClientError="client", IntegrationError="integration", ExecutionError="execution"
                ),
                width=8,
                unit="in 5 minutes",
            ),
            graph(
                "Latency of the handler",
                _percentiles(metric, "IntegrationLatency"),
                width=8,
                unit="milliseconds",
            ),
        ],
    )


def _api(stage: OrdersStage) -> Row:
    metric = stage.api.api.metric
    errors = _counts(metric, **{"4xx": "4xx", "5xx": "5xx"})
    errors.append(stage.api.throttled_requests(FIVE_MINUTES).with_(label="429"))
    return Row(
        "API",
        "4xx includes 429. Latency includes the handler's.",
        [
            graph(
                "Requests",
                _counts(metric, Count="requests"),
                width=6,
                unit="in 5 minutes",
                in_console=InConsole("requests", MetricUnit.COUNT),
            ),
            graph(
                "Errors",
                errors,
                width=6,
                unit="in 5 minutes",
                in_console=InConsole("requestErrors", MetricUnit.COUNT),
            ),
            graph(
                "Latency",
                _percentiles(metric, "Latency"),
                width=6,
                unit="milliseconds",
                in_console=InConsole("latency", MetricUnit.MILLISECONDS),
            ),
            graph(
                "Latency of the handlers",
                _percentiles(metric, "IntegrationLatency"),
                width=6,
                unit="milliseconds",
            ),
        ],
    )


def _functions(functions: Sequence[OrderFunction]) -> Row:
    """Returns four graphs of the functions of one stack, each with a line for each function."""

    def lines(name: str, statistic: str) -> list[cloudwatch.Metric]:
        return [
            function.metric(name, period=FIVE_MINUTES, statistic=statistic, label=function.id)
            for function in functions
        ]

    return Row(
        f"Functions of the {Stack.of(functions[0]).node.id} stack",
        "A function that reaches its time-out fails, and its event is retried.",
        [
            graph("Errors", lines("Errors", "Sum"), width=6, unit="in 5 minutes"),
            graph("Throttles", lines("Throttles", "Sum"), width=6, unit="in 5 minutes"),
            graph(
                "Longest duration",
                [_of_timeout(function, place) for place, function in enumerate(functions)],
                width=6,
                unit="percent of the time-out",
                limits=[(100, "time-out")],
            ),
            graph("Concurrency", lines("ConcurrentExecutions", "Maximum"), width=6, unit="invocations"),
        ],
    )


def _of_timeout(function: OrderFunction, place: int) -> cloudwatch.MathExpression:
    """Returns a function's longest duration, in percent of its time-out.

    `place` makes the id of the metric unique in its graph.
    """
    longest = function.metric_duration(period=FIVE_MINUTES, statistic="Maximum")
    return cloudwatch.MathExpression(
        label=function.id,
        expression=f"100 * duration{place} / {function.limit.to_milliseconds():.0f}",
        using_metrics={f"duration{place}": longest},
        period=FIVE_MINUTES,
    )


def _all_functions() -> Row:
    return Row(
        "All functions of the account",
        "In this region, also those of other stages. They share the account's quota of concurrency.",
        [
            *(
                graph(
                    f"{name} of all functions",
                    [of_all_functions(name, period=FIVE_MINUTES, statistic="Sum").with_(label=name.lower())],
                    width=WIDTH // 3,
                    unit="in 5 minutes",
                    in_console=InConsole(f"function{name}", MetricUnit.COUNT),
                )
                for name in ("Errors", "Throttles")
            ),
            graph(
                "Concurrency used",
                [concurrency_used(MINUTE)],
                width=WIDTH // 3,
                unit="percent of the quota",
                limits=[(100, "quota")],
            ),
        ],
    )


def _changes(stage: OrdersStage) -> Row:
    events = stage.events
    age = events.publish_changes.metric("IteratorAge", period=MINUTE, statistic="Maximum", label="age")
    lost = ("OnFailureDestinationDeliveredEventCount", "DroppedEventCount")
    return Row(
        "Changes of the table",
        "How long changes wait to be published, and those that were given up.",
        [
            graph(
                "Iterator age",
                [age],
                width=12,
                unit="milliseconds",
                limits=[(Duration.minutes(5).to_milliseconds(), "alarm")],
            ),
            graph(
                "Changes given up",
                [events.change_metric(name, FIVE_MINUTES) for name in lost],
                width=12,
                unit="in 5 minutes",
            ),
        ],
    )


def _queues(stage: OrdersStage) -> Row:
    work, dead = _found(stage, WorkQueue), _found(stage, DeadLetterQueue)

    def lines(queues: Sequence[Queue], **states: str) -> list[cloudwatch.Metric]:
        return [
            queue.metric(name, period=MINUTE, statistic="Maximum", label=f"{queue.node.id}{state}")
            for queue in queues
            for name, state in states.items()
        ]

    ages = lines(work, ApproximateAgeOfOldestMessage="")
    depths = lines(
        work,
        ApproximateNumberOfMessagesVisible=", waiting",
        ApproximateNumberOfMessagesNotVisible=", in flight",
    )
    letters = lines(dead, ApproximateNumberOfMessagesVisible="")
    return Row(
        "Queues",
        "A message in a dead-letter queue is not retried.",
        [
            graph(
                "Age of the oldest message",
                ages,
                width=8,
                unit="seconds",
                in_console=InConsole("queueAge", MetricUnit.SECONDS),
            ),
            graph(
                "Messages",
                depths,
                width=8,
                unit="messages",
                in_console=InConsole("messages", MetricUnit.COUNT),
            ),
            graph(
                "Dead letters",
                letters,
                width=8,
                unit="messages",
                in_console=InConsole("deadLetters", MetricUnit.COUNT),
            ),
        ],
    )


def _saga(stage: OrdersStage) -> Row:
    metric = stage.saga.machine.metric
    ended = _counts(metric, ExecutionsStarted="started", ExecutionsSucceeded="succeeded")
    failed = _counts(
        metric,
        ExecutionsFailed="failed",
        ExecutionsTimedOut="timed out",
        ExecutionsAborted="aborted",
        ExecutionThrottled="throttled",
    )
    return Row(
        "Saga",
        "A failed execution is driven again. A rejected order is an execution that succeeded.",
        [
            graph("Executions", ended, width=8, unit="in 5 minutes"),
            graph(
                "Executions that did not succeed",
                failed,
                width=8,
                unit="in 5 minutes",
                in_console=InConsole("executionsFailed", MetricUnit.COUNT),
            ),
            graph(
                "Time of an execution", _percentiles(metric, "ExecutionTime"), width=8, unit="milliseconds"
            ),
        ],
    )


def _tables(stage: OrdersStage) -> Row:
    tables = _found(stage, dynamodb.Table)

    def lines(*names: str) -> list[cloudwatch.Metric]:
        labels = [{name: f"{table.node.id}: {name}" for name in names} for table in tables]
        return [
            line for table, each in zip(tables, labels, strict=True) for line in _counts(table.metric, **each)
        ]

    conflicts = lines("TransactionConflict", "ConditionalCheckFailedRequests")
    units = lines("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")
    return Row(
        "Tables",
        "Conflicts of transactions and failed conditions are normal in small numbers.",
        [
            graph("Throttles", stage.data.throttle_events(FIVE_MINUTES), width=8, unit="in 5 minutes"),
            graph("Conflicts", conflicts, width=8, unit="in 5 minutes"),
            graph("Capacity units", units, width=8, unit="in 5 minutes"),
        ],
    )
