"""The alarms on each stack's own resources, added to the stack that holds them.

Queues are found by their type, wherever they stand: a new one has its alarms without being named here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch

from stacks.alarms import FIVE_MINUTES, MINUTE, Alarms
from stacks.queue import DeadLetterQueue, WorkQueue

if TYPE_CHECKING:
    from stacks.api import ApiStack
    from stacks.events import EventsStack
    from stacks.saga import SagaStack
    from stacks.stage import OrdersStage


def watch(stage: OrdersStage, alarms: Alarms) -> None:
    """Add every alarm on a resource of `stage`."""
    for construct in stage.node.find_all():
        if isinstance(construct, DeadLetterQueue):
            _watch_dead_letters(construct, alarms)
        elif isinstance(construct, WorkQueue):
            _watch_work(construct, alarms)
    _watch_machine(stage.saga, alarms)
    _watch_outbox(stage.events, alarms)
    _watch_api(stage.api, alarms)
    _watch_rotation(stage, alarms)


def _watch_dead_letters(queue: DeadLetterQueue, alarms: Alarms) -> None:
    alarms.add(
        Stack.of(queue),
        f"{queue.node.id}NotEmpty",
        queue.metric_approximate_number_of_messages_visible(period=MINUTE, statistic="Maximum"),
        above=0,
        says=f"{queue.node.id} contains messages that will not be retried. Fix the cause, then redrive.",
    )


def _watch_work(queue: WorkQueue, alarms: Alarms) -> None:
    """By age, not by number: ten thousand messages that are worked off in a minute are no trouble."""
    alarms.add(
        Stack.of(queue),
        f"{queue.node.id}QueueBehind",
        queue.metric_approximate_age_of_oldest_message(period=MINUTE, statistic="Maximum"),
        above=queue.longest_wait.to_seconds(),
        periods=5,
        says=f"The oldest message of {queue.node.id} has waited longer than it takes to retry it: "
        "the consumer is behind, or does not run.",
    )


def _watch_machine(saga: SagaStack, alarms: Alarms) -> None:
    """By rate, not by count: each failure alone is driven again, and dead letters have an alarm."""
    machine = saga.machine
    alarms.add(
        saga,
        "ExecutionsNotSucceeding",
        cloudwatch.MathExpression(
            label="Executions that failed, timed out or were aborted, in percent",
            # Of a few, such as the probes while a provider is away, a tenth says nothing.
            expression="IF(started > 15, "
            "100 * (FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)) / started, 0)",
            using_metrics={
                "failed": machine.metric_failed(period=FIVE_MINUTES, statistic="Sum"),
                "timedOut": machine.metric_timed_out(period=FIVE_MINUTES, statistic="Sum"),
                "aborted": machine.metric_aborted(period=FIVE_MINUTES, statistic="Sum"),
                "started": machine.metric_started(period=FIVE_MINUTES, statistic="Sum"),
            },
            period=FIVE_MINUTES,
        ),
        above=10,
        periods=3,
        says="More than a tenth of the saga's executions have not succeeded for a quarter of an hour.",
    )


def _watch_outbox(events: EventsStack, alarms: Alarms) -> None:
    publish_changes = events.publish_changes
    alarms.add(
        events,
        "ChangesPublishedLate",
        publish_changes.metric("IteratorAge", period=MINUTE, statistic="Maximum"),
        above=Duration.minutes(5).to_milliseconds(),
        periods=3,
        says="Changes wait more than five minutes to be published: orders stand still behind them.",
    )
    alarms.add(
        events,
        "PublishingFails",
        publish_changes.metric_errors(period=FIVE_MINUTES, statistic="Sum"),
        above=0,
        periods=3,
        says="publish_changes has failed in each of three periods of five minutes.",
    )
    # "Types of metrics for Lambda functions": what reaches the on-failure destination is not dropped, and
    # what could not be delivered there is.
    for id, metric, says in (
        (
            "ChangesGivenUp",
            "OnFailureDestinationDeliveredEventCount",
            "Changes could not be published for twelve hours, and lie in the bucket: publish them.",
        ),
        (
            "ChangesDropped",
            "DroppedEventCount",
            "Changes could neither be published for twelve hours nor kept in the bucket: events are lost.",
        ),
    ):
        alarms.add(
            events,
            id,
            cloudwatch.Metric(
                namespace="AWS/Lambda",
                metric_name=metric,
                dimensions_map={"EventSourceMappingUUID": events.changes.event_source_mapping_id},
                period=FIVE_MINUTES,
                statistic="Sum",
            ),
            above=0,
            says=says,
        )


def _watch_api(api: ApiStack, alarms: Alarms) -> None:
    alarms.add(
        api,
        "ApiFaults",
        api.api.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
        above=5,
        says="The API answered 5xx more than five times in five minutes.",
    )


def _watch_rotation(stage: OrdersStage, alarms: Alarms) -> None:
    alarms.add(
        stage.data,
        "CursorSecretNotRotated",
        stage.cursor_secret_rotation.metric_errors(period=FIVE_MINUTES, statistic="Sum"),
        above=0,
        says="rotate_cursor_secret has failed: cursors are still signed with the old key.",
    )
