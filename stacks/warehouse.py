"""Pick lists for a warehouse: the consumer that writes them, and the queue that the warehouse polls."""

from collections.abc import Mapping, Sequence

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam

from ordering.domain.events.types import EventType
from stacks.access import NOTIFY_WAREHOUSE
from stacks.data import DataStack
from stacks.event_consumer import EventConsumer
from stacks.grants import allow
from stacks.queue import WorkQueue
from stacks.settings import Warehouse
from stacks.stack import FunctionStack

RUNBOOK = "docs/runbooks/pick-lists.md"
"""The runbook of the alarms on the queue of pick lists."""

PICK_LISTS = "PickLists"
"""The construct id of the queue, which is a part of the queue's name."""

# A warehouse has so long to print or store what it has received, before it is delivered again.
_VISIBILITY = Duration.minutes(10)
_MAX_RECEIVES = 10


def pollers(
    warehouse: Warehouse,
) -> tuple[Sequence[iam.IPrincipal], Mapping[str, Mapping[str, Sequence[str]]]]:
    """Returns the principals and the condition with which a policy allows an action to the warehouse.

    The principals are accounts, and the condition names the roles and users. AWS refuses a change of a policy
    that has a deleted role among its principals ("Policy contains a statement with one or more invalid
    principals", AWS KMS), but keeps the ARNs of a condition as they are ("AWS JSON policy elements:
    Principal"). An account that is a principal must itself allow the action to its role.
    """
    accounts = sorted({f"{arn.rpartition(':')[0]}:root" for arn in warehouse.principals})
    return (
        [iam.ArnPrincipal(account) for account in accounts],
        {"ArnEquals": {"aws:PrincipalArn": list(warehouse.principals)}},
    )


def notify_warehouse(
    stack: FunctionStack, warehouse: Warehouse, *, bus: events.IEventBus, data: DataStack
) -> None:
    """Add the queue of pick lists, who may poll it, and the consumer that fills it, to the events stack."""
    pick_lists = WorkQueue(stack, PICK_LISTS, visibility_timeout=_VISIBILITY, max_receive_count=_MAX_RECEIVES)
    # A warehouse is closed at night: only it knows how long a pick list may wait.
    pick_lists.longest_wait = Duration.hours(warehouse.late_after_hours)
    pick_lists.runbook = pick_lists.dead_letters.runbook = RUNBOOK
    principals, condition = pollers(warehouse)
    pick_lists.add_to_resource_policy(
        iam.PolicyStatement(
            sid="WarehouseMayPoll",
            principals=principals,
            actions=[
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:ChangeMessageVisibility",
                "sqs:GetQueueAttributes",
            ],
            resources=[pick_lists.queue_arn],
            conditions=condition,
        )
    )
    EventConsumer(
        stack,
        "Warehouse",
        "notify_warehouse",
        bus=bus,
        data=data,
        access=NOTIFY_WAREHOUSE,
        types=[EventType.ORDER_FULFILLED],
        timeout=Duration.seconds(30),
        max_concurrency=2,
        statements=[allow(["sqs:SendMessage"], pick_lists.queue_arn)],
        environment={"PICK_LISTS_QUEUE_URL": pick_lists.queue_url},
    )
    CfnOutput(stack, "PickListsQueueUrl", value=pick_lists.queue_url)
    CfnOutput(stack, "PickListsDeadLetterQueueUrl", value=pick_lists.dead_letters.queue_url)
