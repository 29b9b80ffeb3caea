"""The saga stack: the order queue, the function that drives orders from it, and the state machine."""

from typing import Final

from aws_cdk import ArnFormat, CfnOutput, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from ordering.domain.events.types import EventType
from ordering.resilience.pacing import LAST_RECEIVE
from stacks.acceptances import Checker
from stacks.access import DRIVE_ORDER, RECONCILE_ORDERS, STEP_ACCESS
from stacks.data import DataStack
from stacks.function import LIVE, MEGABYTES, Destination, OrderFunction
from stacks.grants import allow
from stacks.layers import Layers
from stacks.nag import accept, suppress_nag
from stacks.queue import DeadLetterQueue, WorkQueue
from stacks.schedule import invoke_on_schedule
from stacks.settings import Settings
from stacks.stack import AWS_KEY, FunctionStack, removal_policy
from stacks.state_machine import MACHINE_TIMEOUT, definition
from stacks.wildcards import LOG_DELIVERY, TRACE_SAMPLING

# Longer than the time-outs of the state machine (120 s) and of the client that waits for it (130 s).
_DRIVE_TIMEOUT = Duration.seconds(150)
# A step that calls a provider waits for it most of the time, and time is billed by memory (docs/costs.md).
# Its own 12 ms take twice as long with half of the processor, and its cold start too.
_WAITING_MEGABYTES: Final = 256
# Six times the function's time-out, as recommended ("Using Lambda with Amazon SQS").
_ORDER_VISIBILITY = Duration.seconds(6 * _DRIVE_TIMEOUT.to_seconds())


class SagaStack(FunctionStack):
    """Drives each order to its end."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        layers: Layers,
        data: DataStack,
        bus: events.IEventBus,
        customer_jobs: WorkQueue,
    ) -> None:
        super().__init__(
            scope,
            id,
            settings=settings,
            layers=layers,
            description="Order backend: drives orders to their end",
        )
        self.undelivered_events = DeadLetterQueue(self, "UndeliveredEvents")
        self.missed_sweeps = DeadLetterQueue(self, "MissedSweeps")
        self.steps = self._steps(data)
        self.machine = self._machine()
        self.live_machine_arn = self._publish_machine()
        self.orders = self._order_queue(bus)
        self._drive_order(data)
        self._reconcile_orders(data, customer_jobs)

        CfnOutput(self, "StateMachineArn", value=self.machine.state_machine_arn)
        CfnOutput(self, "OrderQueueUrl", value=self.orders.queue_url)
        CfnOutput(self, "OrderDeadLetterQueueUrl", value=self.orders.dead_letters.queue_url)
        CfnOutput(self, "UndeliveredEventsQueueUrl", value=self.undelivered_events.queue_url)
        CfnOutput(self, "MissedSweepsQueueUrl", value=self.missed_sweeps.queue_url)

    def _steps(self, data: DataStack) -> dict[str, OrderFunction]:
        return {
            name: OrderFunction(
                self,
                f"saga/{name}",
                data=data,
                access=access,
                timeout=self._step_timeout,
                megabytes=_WAITING_MEGABYTES if access.payments or access.shipping else MEGABYTES,
            )
            for name, access in STEP_ACCESS.items()
        }

    @property
    def _step_timeout(self) -> Duration:
        return Duration.seconds(self.settings.step_seconds)

    def _machine(self) -> sfn.StateMachine:
        role = iam.Role(
            self,
            "MachineRole",
            # `*` and not the machine's own ARN, because the role is created before the machine.
            assumed_by=self.only_for("states", "stateMachine", "*", separator=ArnFormat.COLON_RESOURCE_NAME),
            inline_policies={
                "Machine": iam.PolicyDocument(
                    statements=[
                        allow(
                            ["lambda:InvokeFunction"],
                            # The functions themselves too, for an update from a release without aliases: its
                            # state machine calls the functions, and the role is updated before the machine.
                            *(
                                arn
                                for step in self.steps.values()
                                for arn in (step.live.function_arn, step.function_arn)
                            ),
                        ),
                        allow(list(TRACE_SAMPLING.actions), "*"),
                        allow(list(LOG_DELIVERY.actions), "*"),
                    ]
                )
            },
        )
        suppress_nag(role, "AwsSolutions-IAM5[Resource::*]", f"{TRACE_SAMPLING.reason} {LOG_DELIVERY.reason}")
        # With this prefix, the log group needs no entry in the account's resource policy for logs, whose
        # length is limited ("Logging in CloudWatch Logs", Step Functions).
        log_group = logs.LogGroup(
            self,
            "MachineLogs",
            log_group_name=f"/aws/vendedlogs/states/orders-{self.settings.stage}-{self.unique}",
            retention=self.settings.log_retention,
            removal_policy=removal_policy(self.settings),
        )
        accept(log_group, Checker.CHECKOV, "CKV_AWS_158", AWS_KEY)
        machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_type=sfn.StateMachineType.EXPRESS,
            comment="Drives one order to its end, from its current status",
            definition_body=sfn.DefinitionBody.from_chainable(
                definition(
                    self,
                    {name: step.live for name, step in self.steps.items()},
                    self._step_timeout,
                )
            ),
            query_language=sfn.QueryLanguage.JSON_PATH,
            timeout=MACHINE_TIMEOUT,
            # aws-cdk-lib would also allow every version and alias of each function.
            role=role.without_policy_updates(),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                level=sfn.LogLevel[self.settings.execution_log_level],
                include_execution_data=self.settings.log_execution_data,
                destination=log_group,
            ),
        )
        if self.settings.execution_log_level != "ALL":
            suppress_nag(
                machine,
                "AwsSolutions-SF1",
                "Every fault is logged, and each step writes a line with its outcome.",
            )
        accept(machine, Checker.CFN_LINT, "W3005", "aws-cdk-lib names the role, which it refers to already.")
        return machine

    def _publish_machine(self) -> str:
        """Publish a version of the state machine. Returns the ARN of the alias that names it.

        Each change of the state machine is a new revision, so the version is replaced by a new one
        ("AWS::StepFunctions::StateMachineVersion"). Running executions of the old version continue after it
        is deleted ("DeleteStateMachineVersion", AWS Step Functions API Reference).
        """
        if self.settings.local:
            # The local engine has neither versions nor aliases of state machines.
            return self.machine.state_machine_arn
        version = sfn.CfnStateMachineVersion(
            self,
            "MachineVersion",
            state_machine_arn=self.machine.state_machine_arn,
            state_machine_revision_id=self.machine.state_machine_revision_id,
        )
        alias = sfn.CfnStateMachineAlias(
            self,
            "LiveMachine",
            name=LIVE,
            deployment_preference=sfn.CfnStateMachineAlias.DeploymentPreferenceProperty(
                state_machine_version_arn=version.attr_arn, type="ALL_AT_ONCE"
            ),
        )
        return alias.attr_arn

    def _order_queue(self, bus: events.IEventBus) -> WorkQueue:
        """Returns the order queue, with the rule that sends events to it.

        The rule and the queue must be in one stack: the queue's policy names the rule and the rule names the
        queue, which would be a circular dependency between two stacks.
        """
        queue = WorkQueue(
            self,
            "Orders",
            visibility_timeout=_ORDER_VISIBILITY,
            max_receive_count=LAST_RECEIVE,
        )
        events.Rule(
            self,
            "OrderToDrive",
            description="Sends placed and cancelled orders to the order queue",
            event_bus=bus,
            event_pattern=events.EventPattern(
                source=["orders"], detail_type=[EventType.ORDER_PLACED, EventType.ORDER_CANCEL_REQUESTED]
            ),
            targets=[
                targets.SqsQueue(
                    queue,
                    message=events.RuleTargetInput.from_object(
                        {"orderId": events.EventField.from_path("$.detail.orderId")}
                    ),
                    dead_letter_queue=self.undelivered_events,
                )
            ],
        )
        return queue

    def _drive_order(self, data: DataStack) -> None:
        handler = OrderFunction(
            self,
            "events/drive_order",
            data=data,
            access=DRIVE_ORDER,
            timeout=_DRIVE_TIMEOUT,
            # It waits for executions, and needs little of a processor.
            megabytes=_WAITING_MEGABYTES,
            statements=(
                # Step Functions authorises a call of an alias by the ARN of its state machine ("Authorization
                # for versions and aliases in Step Functions workflows").
                allow(["states:StartSyncExecution"], self.machine.state_machine_arn),
                self.orders.consuming,
            ),
            environment={
                "STATE_MACHINE_ARN": self.live_machine_arn,
                "ORDER_QUEUE_URL": self.orders.queue_url,
                "ORDER_VISIBILITY_SECONDS": str(_ORDER_VISIBILITY.to_seconds()),
                "OPEN_TOO_LONG_SECONDS": str(self.settings.stuck_after_seconds),
            },
        )
        self.orders.feed(
            "OrdersToDrive",
            handler,
            batch_size=self.settings.orders_in_batch,
            max_concurrency=self.settings.max_concurrent_drivers,
        )

    def _reconcile_orders(self, data: DataStack, customer_jobs: WorkQueue) -> None:
        """Add the sweep and its schedule. A failed sweep is not retried: the next one does its work."""
        missed = self.missed_sweeps
        handler = OrderFunction(
            self,
            "scheduled/reconcile_orders",
            data=data,
            access=RECONCILE_ORDERS,
            timeout=Duration.seconds(60),
            statements=(
                allow(["sqs:GetQueueAttributes", "sqs:SendMessage"], self.orders.queue_arn),
                allow(["sqs:SendMessage"], customer_jobs.queue_arn),
                allow(["sqs:SendMessage"], missed.queue_arn),
            ),
            environment={
                "ORDER_QUEUE_URL": self.orders.queue_url,
                "CUSTOMER_JOBS_QUEUE_URL": customer_jobs.queue_url,
                "OPEN_TOO_LONG_SECONDS": str(self.settings.stuck_after_seconds),
                "ORDERS_AT_ONCE": str(self.settings.max_concurrent_drivers * self.settings.orders_in_batch),
            },
        )
        handler.live.configure_async_invoke(
            retry_attempts=0, max_event_age=Duration.minutes(5), on_failure=Destination(missed.queue_arn)
        )
        invoke_on_schedule(
            self,
            "Sweep",
            handler,
            scheduler.ScheduleExpression.rate(Duration.minutes(1)),
            description="Drives orders that make no progress",
            missed=missed,
            keys=data.keys,
            retry_attempts=2,
            max_event_age=Duration.minutes(5),
        )
