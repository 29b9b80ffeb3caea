"""Webhooks to partners: the consumer that turns events into deliveries, and the function that sends them."""

from aws_cdk import CfnOutput, CrossStackReferences, Duration, ReferenceStrength
from aws_cdk import aws_events as events

from ordering.domain.webhooks.endpoint import EVENT_TYPES
from ordering.repositories.webhook_deliveries import SLOT_SECONDS
from stacks.access import DELIVER_WEBHOOK, FAN_OUT_WEBHOOKS
from stacks.data import DataStack
from stacks.event_consumer import EventConsumer
from stacks.function import OrderFunction
from stacks.grants import allow
from stacks.queue import WorkQueue
from stacks.stack import FunctionStack

RUNBOOK = "docs/runbooks/webhook-deliveries.md"
"""The runbook of the alarms on the queue of deliveries."""

LOCAL_RECEIVER = "127.0.0.1:8099"
"""The receiver on the laptop that stage local may send webhooks to."""

# A look-up of four seconds, a request of fifteen, and calls to the table. A slot of an endpoint outlives it.
_TIMEOUT = Duration.seconds(60)
# Each delivery is received for its ten attempts, for parts of delays that are longer than SQS's maximum, and
# while its endpoint is busy or paused: about 120 receives in three days. The rest is reserve.
# 1000 is the maximum of SQS (RedrivePolicy, `SetQueueAttributes`).
_MAX_RECEIVES = 1000
# An endpoint has two slots. So ten endpoints that respond only after the time-out of 15 s must come together
# before another one waits, and then it waits until one of twenty requests has ended: for 0.75 s on average.
_MAX_CONCURRENCY = 20


def send_webhooks(stack: FunctionStack, *, bus: events.IEventBus, data: DataStack) -> WorkQueue:
    """Add the resources that send webhooks to the events stack. Returns the queue of deliveries."""
    if _TIMEOUT.to_seconds() >= SLOT_SECONDS:
        raise ValueError(f"deliver_webhook: its time-out must be shorter than {SLOT_SECONDS} s, as a slot is")
    deliveries = WorkQueue(
        stack,
        "WebhookDeliveries",
        visibility_timeout=Duration.seconds(6 * _TIMEOUT.to_seconds()),
        max_receive_count=_MAX_RECEIVES,
    )
    # Weak, so that the previous release, which has no webhooks, can be deployed over this one.
    CrossStackReferences.of(deliveries).produce(ReferenceStrength.WEAK)
    # Messages wait for the next attempt. One that was received more than three times does not count as the
    # oldest one ("Available CloudWatch metrics for Amazon SQS"). The first three attempts take 36 minutes,
    # and a paused endpoint is asked at least once an hour.
    deliveries.longest_wait = Duration.hours(12)
    deliveries.runbook = deliveries.dead_letters.runbook = RUNBOOK
    EventConsumer(
        stack,
        "Webhooks",
        "fan_out_webhooks",
        bus=bus,
        data=data,
        access=FAN_OUT_WEBHOOKS,
        types=EVENT_TYPES,
        timeout=Duration.seconds(30),
        max_concurrency=5,
        statements=[allow(["sqs:SendMessage"], deliveries.queue_arn)],
        environment={"WEBHOOK_DELIVERIES_QUEUE_URL": deliveries.queue_url},
    )
    function = OrderFunction(
        stack,
        "events/deliver_webhook",
        data=data,
        access=DELIVER_WEBHOOK,
        timeout=_TIMEOUT,
        statements=[deliveries.consuming],
        environment={
            "WEBHOOK_DELIVERIES_QUEUE_URL": deliveries.queue_url,
            # A look-up has no time-out of its own (resolv.conf(5), `options`).
            "RES_OPTIONS": "timeout:2 attempts:2",
            **({"LOCAL_WEBHOOK_RECEIVERS": LOCAL_RECEIVER} if stack.settings.local else {}),
        },
    )
    # One message at a time: in a batch, an endpoint would wait for the endpoints before it.
    deliveries.feed("WebhookDeliveriesMapping", function, batch_size=1, max_concurrency=_MAX_CONCURRENCY)
    CfnOutput(stack, "WebhookDeliveriesQueueUrl", value=deliveries.queue_url)
    CfnOutput(stack, "WebhookDeliveriesDeadLetterQueueUrl", value=deliveries.dead_letters.queue_url)
    return deliveries
