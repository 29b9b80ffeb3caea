"""The one construct for queues, and the dead-letter queue that every one of them ends in."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IConstruct

from stacks.nag import excuse

# SQS's longest. A message keeps the age it had in its first queue.
_DEAD_LETTER_RETENTION = Duration.days(14)


class DeadLetterQueue(sqs.Queue):
    """A queue nobody consumes: whatever is in it calls a person.

    Monitoring finds every one of them by this type (`all_below`), so none can be left without an alarm.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(
            scope,
            id,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=_DEAD_LETTER_RETENTION,
        )
        for rule in ("Serverless-SQSRedrivePolicy", "AwsSolutions-SQS3"):
            excuse(self, rule, "A dead-letter queue itself: no consumer reads it that could fail.")

    @staticmethod
    def all_below(scope: IConstruct) -> list[DeadLetterQueue]:
        """Every dead-letter queue in the tree of `scope`."""
        return [node for node in scope.node.find_all() if isinstance(node, DeadLetterQueue)]


class WorkQueue(sqs.Queue):
    """A queue that a function consumes, with its dead-letter queue beside it (`dead_letters`)."""

    dead_letters: DeadLetterQueue

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
            retention_period=Duration.days(4),
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=max_receive_count),
        )
        self.dead_letters = dead_letters
