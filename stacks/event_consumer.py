"""A function that consumes events: the rule that selects the events, its queues, and the function itself.

`stacks/watching.py` finds the queues by their types and adds their alarms, and the operator's tool finds a
consumer by the stack's outputs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from ordering import guards
from ordering.domain.events.types import EventType
from ordering.guards import Guard
from ordering.repositories.processed_events import CLAIM_SECONDS
from stacks.access import Access
from stacks.data import DataStack
from stacks.function import OrderFunction
from stacks.queue import DeadLetterQueue, WorkQueue
from stacks.stack import FunctionStack

# With the back-off this takes at least three quarters of an hour. So long, the service that a consumer calls
# may be unavailable without an alarm.
_MAX_RECEIVES = 12
# What the id of the output ends with that names a consumer.
_CONSUMER = "Consumer"

RUNBOOK = "docs/runbooks/event-consumers.md"
"""The runbook of the alarms on the queues of all consumers."""


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of two constructs, for a consumer that was deployed before under other ids.

    If the id of a deployed mapping changed, CloudFormation would create the new mapping first, and fail
    because the function and the queue have one already.
    """

    rule: str
    mapping: str


def consumer_stacks(scope: IConstruct) -> set[Stack]:
    """Returns the stacks with a consumer, by the output that each consumer has."""
    return {
        Stack.of(construct)
        for construct in scope.node.find_all()
        if isinstance(construct, CfnOutput) and construct.node.id.endswith(_CONSUMER)
    }


class EventConsumer:
    """The consumer of one file, `lambdas/events/<handler>.py`.

    | construct   | id of the consumer `Notifications`                                              |
    |-------------|---------------------------------------------------------------------------------|
    | queue       | `Notifications`: its URL is `NOTIFICATIONS_QUEUE_URL` in the function           |
    | unhandled   | `NotificationsDeadLetters`: events that the function could not handle           |
    | undelivered | `UndeliveredNotifications`: events that EventBridge could not send to the queue |
    | rule        | `NotificationsRule`                                                             |
    | mapping     | `NotificationsMapping`                                                          |
    """

    def __init__(
        self,
        stack: FunctionStack,
        id: str,
        handler: str,
        *,
        bus: events.IEventBus,
        data: DataStack,
        access: Access,
        types: Iterable[EventType],
        timeout: Duration,
        max_concurrency: int,
        batch_size: int = 10,
        statements: Iterable[iam.PolicyStatement] = (),
        environment: Mapping[str, str] | None = None,
        ids: Ids | None = None,
        dead_letters_runbook: str | None = RUNBOOK,
    ) -> None:
        """`dead_letters_runbook` is None for a consumer whose dead letters have a runbook of their own.

        Raises ValueError if a claim could end while the invocation that holds it still runs.
        """
        if timeout.to_seconds() >= CLAIM_SECONDS:
            raise ValueError(f"{handler}: its time-out must be shorter than {CLAIM_SECONDS} s, as a claim is")
        ids = ids or Ids(rule=f"{id}Rule", mapping=f"{id}Mapping")
        self.queue = WorkQueue(
            stack,
            id,
            visibility_timeout=guards.value(
                Guard.CONSUME_VISIBILITY, Duration.seconds(6 * timeout.to_seconds())
            ),
            max_receive_count=_MAX_RECEIVES,
        )
        self.undelivered = DeadLetterQueue(stack, f"Undelivered{id}")
        self.rule = events.Rule(
            stack,
            ids.rule,
            description=f"Sends the events that {handler} consumes to its queue",
            event_bus=bus,
            event_pattern=events.EventPattern(source=["orders"], detail_type=list(types)),
            targets=[targets.SqsQueue(self.queue, dead_letter_queue=self.undelivered)],
        )
        self.function = OrderFunction(
            stack,
            f"events/{handler}",
            data=data,
            access=access,
            timeout=timeout,
            statements=(*statements, self.queue.consuming),
            environment={f"{id.upper()}_QUEUE_URL": self.queue.queue_url, **(environment or {})},
        )
        self.queue.feed(ids.mapping, self.function, batch_size=batch_size, max_concurrency=max_concurrency)
        self.queue.runbook = self.undelivered.runbook = RUNBOOK
        self.queue.dead_letters.runbook = dead_letters_runbook
        CfnOutput(stack, f"{id}QueueUrl", value=self.queue.queue_url)
        CfnOutput(stack, f"{id}DeadLetterQueueUrl", value=self.queue.dead_letters.queue_url)
        CfnOutput(stack, f"Undelivered{id}QueueUrl", value=self.undelivered.queue_url)
        CfnOutput(stack, f"{id}{_CONSUMER}", value=handler)
