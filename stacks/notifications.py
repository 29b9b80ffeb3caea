"""Mail to customers: the queue of what they are to be told, and the function that tells them."""

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ses as ses

from ordering import guards
from ordering.domain.notifications import NOTIFIED_EVENTS
from ordering.guards import Guard
from stacks.access import NOTIFY_CUSTOMER
from stacks.data import DataStack
from stacks.function import OrderFunction
from stacks.queue import DeadLetterQueue, WorkQueue
from stacks.settings import MailSettings
from stacks.stack import FunctionStack

# Shorter than a claim on an event (`ordering.repositories.processed_events`): a claim outlives its owner.
_TIMEOUT = Duration.seconds(60)

# With the back-off, three quarters of an hour at least, in which SES may be away and nobody is called.
_MAX_RECEIVES = 12


def notify_customers(
    stack: FunctionStack, mail: MailSettings, *, bus: events.IEventBus, data: DataStack
) -> None:
    """Add to the events stack what it takes to tell customers of their orders by mail."""
    queue = WorkQueue(
        stack,
        "Notifications",
        visibility_timeout=guards.value(Guard.MAIL_VISIBILITY, Duration.seconds(6 * _TIMEOUT.to_seconds())),
        max_receive_count=_MAX_RECEIVES,
    )
    undelivered = DeadLetterQueue(stack, "UndeliveredNotifications")
    events.Rule(
        stack,
        "CustomerToNotify",
        description="What customers are told of their orders",
        event_bus=bus,
        event_pattern=events.EventPattern(source=["orders"], detail_type=list(NOTIFIED_EVENTS)),
        targets=[targets.SqsQueue(queue, dead_letter_queue=undelivered)],
    )
    configuration = ses.ConfigurationSet(
        stack,
        "Mail",
        # An address that bounced or complained is not written to again.
        suppression_reasons=ses.SuppressionReasons.BOUNCES_AND_COMPLAINTS,
        # What somebody has ordered is nobody else's affair: rather no mail than one in the clear.
        tls_policy=ses.ConfigurationSetTlsPolicy.REQUIRE,
    )
    handler = OrderFunction(
        stack,
        "events/notify_customer",
        data=data,
        access=NOTIFY_CUSTOMER,
        timeout=_TIMEOUT,
        statements=(
            _may_send(stack, mail, configuration),
            queue.consuming,
        ),
        environment={
            "MAIL_SENDER": mail.header,
            "MAIL_CONFIGURATION_SET": configuration.configuration_set_name,
            "NOTIFICATIONS_QUEUE_URL": queue.queue_url,
        },
    )
    # A mail cannot be taken back: when an invocation dies, one is in doubt and no more.
    queue.feed("CustomersToNotify", handler, batch_size=1, at_once=mail.max_concurrency)
    CfnOutput(stack, "NotificationsQueueUrl", value=queue.queue_url)
    CfnOutput(stack, "NotificationsDeadLetterQueueUrl", value=queue.dead_letters.queue_url)
    CfnOutput(stack, "UndeliveredNotificationsQueueUrl", value=undelivered.queue_url)


def _may_send(stack: Stack, mail: MailSettings, configuration: ses.ConfigurationSet) -> iam.PolicyStatement:
    """To send from the one address, by the one identity and configuration set."""
    return iam.PolicyStatement(
        actions=["ses:SendEmail"],
        resources=[
            stack.format_arn(service="ses", resource="identity", resource_name=mail.identity),
            stack.format_arn(
                service="ses",
                resource="configuration-set",
                resource_name=configuration.configuration_set_name,
            ),
        ],
        conditions={"StringEquals": {"ses:FromAddress": mail.address}},
    )
