"""The alarms on the resources of each stack, added to the same stack.

Queues are found by their construct type in all stacks, so a new queue gets its alarms automatically.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch

from stacks.alarms import FIVE_MINUTES, MINUTE, Alarms
from stacks.canary import watch_canary
from stacks.event_topics import RUNBOOK as TOPICS_RUNBOOK
from stacks.event_topics import EventTopic
from stacks.objectives import api_availability, watch_objective
from stacks.queue import DeadLetterQueue, WorkQueue

if TYPE_CHECKING:
    from stacks.api import ApiStack
    from stacks.backups import BackupVault
    from stacks.data import DataStack
    from stacks.events import EventsStack
    from stacks.media import MediaStack
    from stacks.realtime import RealtimeStack
    from stacks.saga import SagaStack
    from stacks.stage import OrdersStage


def watch(stage: OrdersStage, alarms: Alarms) -> None:
    """Add every alarm on a resource of `stage`."""
    for construct in stage.node.find_all():
        if isinstance(construct, DeadLetterQueue):
            _watch_dead_letters(construct, alarms)
        elif isinstance(construct, WorkQueue):
            _watch_work(construct, alarms)
        elif isinstance(construct, EventTopic) and construct.watch_deliveries:
            _watch_topic(construct, alarms)
    _watch_machine(stage.saga, alarms)
    _watch_outbox(stage.events, alarms)
    _watch_api(stage.api, alarms)
    _watch_table(stage.data, alarms)
    _watch_rotation(stage, alarms)
    if stage.data.vault and stage.settings.backups:
        _watch_backups(stage.data, stage.data.vault, alarms)
    if stage.api.canary:
        watch_canary(stage.api, alarms)
    if stage.media:
        _watch_image_sweep(stage.media, alarms)
    if stage.realtime:
        _watch_realtime(stage.realtime, alarms)


def _watch_dead_letters(queue: DeadLetterQueue, alarms: Alarms) -> None:
    alarms.add(
        Stack.of(queue),
        f"{queue.node.id}NotEmpty",
        queue.metric_approximate_number_of_messages_visible(period=MINUTE, statistic="Maximum"),
        above=0,
        description=f"{queue.node.id} contains messages that will not be retried. "
        "Fix the cause, then redrive.",
        page=queue.runbook,
    )


def _watch_work(queue: WorkQueue, alarms: Alarms) -> None:
    """Watch the age of messages, and not their number, because thousands may be processed in a minute."""
    alarms.add(
        Stack.of(queue),
        f"{queue.node.id}QueueBehind",
        queue.metric_approximate_age_of_oldest_message(period=MINUTE, statistic="Maximum"),
        above=queue.longest_wait.to_seconds(),
        periods=5,
        description=f"The oldest message of {queue.node.id} is older than the time that its retries take: "
        "its consumer is behind, or does not run.",
        page=queue.runbook,
    )


def _watch_topic(topic: EventTopic, alarms: Alarms) -> None:
    alarms.add(
        Stack.of(topic),
        f"{topic.node.id}NotReceived",
        topic.failed_deliveries(FIVE_MINUTES),
        above=0,
        description=f"SNS could not deliver a message of the topic {topic.node.id} to a subscriber.",
        page=TOPICS_RUNBOOK,
    )


def _watch_machine(saga: SagaStack, alarms: Alarms) -> None:
    """Watch the rate of failures, and not their number.

    A single failure needs no alarm: the order is driven again, and dead letters have an alarm of their own.
    """
    machine = saga.machine
    alarms.add(
        saga,
        "ExecutionsNotSucceeding",
        cloudwatch.MathExpression(
            label="Executions that failed, timed out or were aborted, in percent",
            # The rate of a few executions has no meaning, for example of the probes while a provider is
            # unavailable.
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
        description="More than a tenth of the saga's executions failed, timed out or were aborted, "
        "for a quarter of an hour.",
    )


def _watch_outbox(events: EventsStack, alarms: Alarms) -> None:
    publish_changes = events.publish_changes
    alarms.add(
        events,
        "ChangesPublishedLate",
        publish_changes.metric("IteratorAge", period=MINUTE, statistic="Maximum"),
        above=Duration.minutes(5).to_milliseconds(),
        periods=3,
        description="Changes of the table have waited more than five minutes to be published. "
        "New orders are delayed.",
    )
    alarms.add(
        events,
        "PublishingFails",
        publish_changes.metric_errors(period=FIVE_MINUTES, statistic="Sum"),
        above=0,
        periods=3,
        description="publish_changes failed in each of three periods of five minutes.",
    )
    # "Types of metrics for Lambda functions": an event that reaches the on-failure destination does not count
    # as dropped; an event that could not be delivered there does.
    for id, metric, description in (
        (
            "ChangesGivenUp",
            "OnFailureDestinationDeliveredEventCount",
            "Changes of the table could not be published for twelve hours, and are in the bucket of "
            "undelivered changes. Publish them.",
        ),
        (
            "ChangesDropped",
            "DroppedEventCount",
            "Changes of the table could be neither published for twelve hours nor written to the bucket of "
            "undelivered changes. Their events are lost.",
        ),
    ):
        alarms.add(
            events,
            id,
            events.change_metric(metric, FIVE_MINUTES),
            above=0,
            description=description,
        )


def _watch_api(api: ApiStack, alarms: Alarms) -> None:
    alarms.add(
        api,
        "ApiFaults",
        api.api.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
        above=5,
        description="The API returned 5xx more than five times in five minutes.",
    )
    alarms.add(
        api,
        "ApiSlow",
        api.api.metric_latency(period=FIVE_MINUTES, statistic="p99"),
        # Longer than a cold start, because at low traffic one request in a hundred may be one.
        above=Duration.seconds(3).to_milliseconds(),
        periods=3,
        description="One in a hundred requests has taken longer than three seconds for a quarter of an hour.",
    )
    alarms.add(
        api,
        "RequestsThrottled",
        api.throttled_requests(period=FIVE_MINUTES),
        above=100,
        periods=3,
        description="The API has refused more than a hundred requests (429) in each of three periods of five "
        "minutes.",
    )
    watch_objective(api, api_availability(api), alarms)


def _watch_realtime(realtime: RealtimeStack, alarms: Alarms) -> None:
    """Watch the messages of clients. Whatever one sends, the function answers it with 200."""
    failed = {
        f"failed{place}": realtime.api.metric(name, period=FIVE_MINUTES, statistic="Sum")
        for place, name in enumerate(("IntegrationError", "ExecutionError"))
    }
    alarms.add(
        realtime,
        "RealtimeFaults",
        cloudwatch.MathExpression(
            label="Messages of clients that were not answered",
            expression=" + ".join(f"FILL({name}, 0)" for name in failed),
            using_metrics=failed,
            period=FIVE_MINUTES,
        ),
        above=5,
        description="The WebSocket API could not answer more than five messages of clients in five minutes.",
    )


def _watch_table(data: DataStack, alarms: Alarms) -> None:
    """Watch throttled reads and writes of the table and of its indexes.

    A throttled index throttles the table's writes too, and has metrics of its own ("DynamoDB metrics and
    dimensions").
    """
    counts = {f"throttled{place}": metric for place, metric in enumerate(data.throttle_events(FIVE_MINUTES))}
    alarms.add(
        data,
        "TableThrottled",
        cloudwatch.MathExpression(
            label="Reads and writes that DynamoDB has throttled",
            expression=" + ".join(f"FILL({name}, 0)" for name in counts),
            using_metrics=counts,
            period=FIVE_MINUTES,
        ),
        above=0,
        periods=3,
        description="DynamoDB has throttled the table or one of its indexes in each of three periods of five "
        "minutes.",
    )


def _watch_rotation(stage: OrdersStage, alarms: Alarms) -> None:
    alarms.add(
        stage.data,
        "CursorSecretNotRotated",
        stage.cursor_secret_rotation.metric_errors(period=FIVE_MINUTES, statistic="Sum"),
        above=0,
        description="rotate_cursor_secret has failed: cursors are still signed with the old key.",
    )


def _watch_backups(data: DataStack, vault: BackupVault, alarms: Alarms) -> None:
    """Watch the jobs that made no backup.

    The period is a day, the maximum of an alarm, so that the alarm is still raised in the morning.
    """
    day = Duration.days(1)
    counts = {
        "failed": vault.metric("NumberOfBackupJobsFailed", day),
        # It did not begin within its start window.
        "expired": vault.metric("NumberOfBackupJobsExpired", day),
    }
    alarms.add(
        data,
        "BackupsFailed",
        cloudwatch.MathExpression(
            label="Backup jobs that failed or did not begin",
            expression=" + ".join(f"FILL({name}, 0)" for name in counts),
            using_metrics=counts,
            period=day,
        ),
        above=0,
        description="AWS Backup could not make a backup of the table in the last day. Point-in-time recovery "
        "is not affected.",
    )


def _watch_image_sweep(media: MediaStack, alarms: Alarms) -> None:
    alarms.add(
        media,
        "ImageSweepFails",
        media.sweep_errors(FIVE_MINUTES),
        above=0,
        description="sweep_images has failed: files of removed images are kept until a sweep succeeds.",
    )
