"""The one construct for queues, and the dead-letter queue that every one of them ends in."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.grants import allow
from stacks.nag import suppress_nag

# SQS's longest ("SetQueueAttributes", MessageRetentionPeriod), for every queue: a message keeps its age when
# it moves to a dead-letter queue, so that a shorter time in the first only loses it earlier.
_RETENTION = Duration.days(14)


class DeadLetterQueue(sqs.Queue):
    """A queue nobody consumes: whatever is in it notifies the on-call engineer.

    `stacks/watching.py` finds every one of them by this type, so none can be left without an alarm.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(
            scope,
            id,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=_RETENTION,
        )
        for rule in ("Serverless-SQSRedrivePolicy", "AwsSolutions-SQS3"):
            suppress_nag(self, rule, "A dead-letter queue itself: no consumer reads it that could fail.")


class WorkQueue(sqs.Queue):
    """A queue that a function consumes, with its dead-letter queue beside it (`dead_letters`)."""

    dead_letters: DeadLetterQueue
    longest_wait: Duration
    """How old a message may become while all is well: twice as long as a failed receive hides it."""

    def __init__(
        self, scope: Construct, id: str, *, visibility_timeout: Duration, max_receive_count: int
    ) -> None:
        dead_letters = DeadLetterQueue(scope, f"{id}DeadLetters")
        super().__init__(
            scope,
            id,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=visibility_timeout,
            retention_period=_RETENTION,
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=max_receive_count),
        )
        self.dead_letters = dead_letters
        self.longest_wait = Duration.seconds(2 * visibility_timeout.to_seconds())
        self._scope = scope

    @property
    def consuming(self) -> iam.PolicyStatement:
        """What its consumer may do with it: take messages, and put off those that failed."""
        return allow(
            [
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ChangeMessageVisibility",
            ],
            self.queue_arn,
        )

    def feed(self, id: str, function: lambda_.IFunction, *, batch_size: int, at_once: int) -> None:
        """Let a function consume it, in up to `at_once` invocations, each of up to `batch_size` messages."""
        source = lambda_.EventSourceMapping(
            self._scope,
            id,
            target=function,
            event_source_arn=self.queue_arn,
            batch_size=batch_size,
            report_batch_item_failures=True,
            # Not reserved concurrency: it would throttle deliveries, and each would cost a receive.
            max_concurrency=at_once,
        )
        suppress_nag(
            source,
            "Serverless-LambdaEventSourceMappingDestination",
            "Event sources of SQS have no such destination: the queue's own dead-letter queue is it.",
        )
