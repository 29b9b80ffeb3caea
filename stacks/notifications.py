"""Mail to customers: the queue of events to notify them of, and the function that sends the mails."""

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

# Shorter than the lease of a claim on an event (`ordering.repositories.processed_events`): a claim must not
# end while the invocation that holds it is still running.
_TIMEOUT = Duration.seconds(60)

# With the back-off, at least three quarters of an hour, during which SES may be unavailable without an alarm.
_MAX_RECEIVES = 12


def notify_customers(
    stack: FunctionStack, mail: MailSettings, *, bus: events.IEventBus, data: DataStack
) -> None:
    """Add the resources that notify customers of their orders by mail to the events stack."""
    queue = WorkQueue(
        stack,
        "Notifications",
        visibility_timeout=guards.value(
            Guard.CONSUME_VISIBILITY, Duration.seconds(6 * _TIMEOUT.to_seconds())
        ),
        max_receive_count=_MAX_RECEIVES,
    )
    undelivered = DeadLetterQueue(stack, "UndeliveredNotifications")
    events.Rule(
        stack,
        "CustomerToNotify",
        description="Sends the events that customers are notified of to the notifications queue",
        event_bus=bus,
        event_pattern=events.EventPattern(source=["orders"], detail_type=list(NOTIFIED_EVENTS)),
        targets=[targets.SqsQueue(queue, dead_letter_queue=undelivered)],
    )
    configuration = ses.ConfigurationSet(
        stack,
        "Mail",
        # SES sends no more mail to an address that bounced or complained.
        suppression_reasons=ses.SuppressionReasons.BOUNCES_AND_COMPLAINTS,
        # Orders are private: no mail is better than an unencrypted one.
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
    # One message at a time: when an invocation dies, it is unclear for at most one mail whether it was sent.
    queue.feed("CustomersToNotify", handler, batch_size=1, max_concurrency=mail.max_concurrency)
    CfnOutput(stack, "NotificationsQueueUrl", value=queue.queue_url)
    CfnOutput(stack, "NotificationsDeadLetterQueueUrl", value=queue.dead_letters.queue_url)
    CfnOutput(stack, "UndeliveredNotificationsQueueUrl", value=undelivered.queue_url)


def _may_send(stack: Stack, mail: MailSettings, configuration: ses.ConfigurationSet) -> iam.PolicyStatement:
    """Returns the permission to send from the sender's address, with its identity and configuration set."""
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
