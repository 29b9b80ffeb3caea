"""The constructs for queues: a work queue, and its dead-letter queue."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.acceptances import Checker
from stacks.function import OrderFunction
from stacks.grants import allow
from stacks.nag import accept, suppress_nag

# The maximum of SQS ("SetQueueAttributes", MessageRetentionPeriod), for all queues. A message keeps its age
# when it moves to a dead-letter queue, so a shorter retention of the work queue would not leave more time
# there.
_RETENTION = Duration.days(14)

# For queues that get messages of EventBridge, Scheduler, Lambda and the functions, work queues among them: no
# queue may use them as its dead-letter queue. The dead-letter queue of a work queue cannot name that work
# queue here, because each would refer to the other. To build the work queue's ARN from a fixed name is no way
# out: giving the queue a name replaces it, and its messages are lost.
_NO_SOURCE_QUEUE = sqs.RedriveAllowPolicy(redrive_permission=sqs.RedrivePermission.DENY_ALL)

_SQS_KEY = "It is encrypted with a key of SQS (SSE-SQS), which the rule does not know."


class DeadLetterQueue(sqs.Queue):
    """A queue without a consumer. Any message in it raises an alarm.

    `stacks/watching.py` finds all of them by this type, so each one has an alarm.
    """

    runbook: str | None = None
    """The path of the alarm's runbook, if it shares one with others."""

    def __init__(self, scope: Construct, id: str, *, of_work_queue: bool = False) -> None:
        super().__init__(
            scope,
            id,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=_RETENTION,
            redrive_allow_policy=None if of_work_queue else _NO_SOURCE_QUEUE,
        )
        for rule in ("Serverless-SQSRedrivePolicy", "AwsSolutions-SQS3"):
            suppress_nag(self, rule, "This is a dead-letter queue: it has no consumer that could fail.")
        accept(self, Checker.CHECKOV, "CKV_AWS_27", _SQS_KEY)


class WorkQueue(sqs.Queue):
    """A queue that a function consumes, with its dead-letter queue (`dead_letters`)."""

    dead_letters: DeadLetterQueue
    longest_wait: Duration
    """The maximum age of a message in normal operation: twice the visibility time-out."""
    runbook: str | None = None
    """The path of the alarm's runbook, if it shares one with others."""

    def __init__(
        self, scope: Construct, id: str, *, visibility_timeout: Duration, max_receive_count: int
    ) -> None:
        dead_letters = DeadLetterQueue(scope, f"{id}DeadLetters", of_work_queue=True)
        super().__init__(
            scope,
            id,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=visibility_timeout,
            retention_period=_RETENTION,
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=max_receive_count),
            redrive_allow_policy=_NO_SOURCE_QUEUE,
        )
        accept(self, Checker.CHECKOV, "CKV_AWS_27", _SQS_KEY)
        self.dead_letters = dead_letters
        self.longest_wait = Duration.seconds(2 * visibility_timeout.to_seconds())
        self._scope = scope

    @property
    def consuming(self) -> iam.PolicyStatement:
        """The consumer's permissions: receive and delete messages, and delay the retry of failed ones."""
        return allow(
            [
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ChangeMessageVisibility",
            ],
            self.queue_arn,
        )

    def feed(self, id: str, function: OrderFunction, *, batch_size: int, max_concurrency: int) -> None:
        """Let a function consume the queue, in up to `max_concurrency` concurrent invocations.

        Each invocation gets up to `batch_size` messages.
        """
        source = lambda_.EventSourceMapping(
            self._scope,
            id,
            target=function.live,
            event_source_arn=self.queue_arn,
            batch_size=batch_size,
            report_batch_item_failures=True,
            # Reserved concurrency would not do: it throttles invocations, and each throttled invocation
            # increases the receive counts of its messages.
            max_concurrency=max_concurrency,
        )
        suppress_nag(
            source,
            "Serverless-LambdaEventSourceMappingDestination",
            "SQS event sources have no failure destination: the queue's own dead-letter queue is used.",
        )
