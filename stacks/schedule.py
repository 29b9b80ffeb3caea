"""A schedule of EventBridge Scheduler that invokes a function, with a role of its own."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as scheduler_targets
from aws_cdk import aws_sqs as sqs

from stacks.encryption.grants import Keys, key_statements
from stacks.function import OrderFunction
from stacks.grants import allow
from stacks.stack import OrderStack


def invoke_on_schedule(
    stack: OrderStack,
    id: str,
    handler: OrderFunction,
    schedule: scheduler.ScheduleExpression,
    *,
    description: str,
    retry_attempts: int,
    max_event_age: Duration,
    input: scheduler.ScheduleTargetInput | None = None,
    missed: sqs.IQueue | None = None,
    keys: Keys | None = None,
) -> None:
    """Add a schedule that invokes the function's alias `live`.

    `missed` gets the runs that Scheduler could not begin; `keys` are those that encrypt that queue.
    """
    allowed = [allow(["lambda:InvokeFunction"], handler.live.function_arn)]
    if missed is not None:
        allowed.append(allow(["sqs:SendMessage"], missed.queue_arn))
    statements = [*allowed, *key_statements(stack, keys, allowed)]
    role = iam.Role(
        stack,
        f"{id}Role",
        assumed_by=stack.scheduler(),
        inline_policies={id: iam.PolicyDocument(statements=statements)},
    )
    scheduler.Schedule(
        stack,
        id,
        description=description,
        schedule=schedule,
        target=scheduler_targets.LambdaInvoke(
            handler.live,
            input=input,
            # aws-cdk-lib would also allow every version and alias of the function.
            role=role.without_policy_updates(),
            dead_letter_queue=missed,
            retry_attempts=retry_attempts,
            max_event_age=max_event_age,
        ),
    )
