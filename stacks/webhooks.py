"""The webhooks stack: the key of the secrets, the fan-out of events, and the function that sends them.

A stage without the setting `webhooks` has no such stack. If the setting is turned off, the API's routes are
deleted in the next deployment, but the stack stays deployed and goes on sending, because it is no longer part
of the app: `docs/deploying.md` describes how to let it finish, and how to delete it.
"""

from collections.abc import Iterator

from aws_cdk import CfnOutput, CrossStackReferences, Duration, Fn, ReferenceStrength
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from ordering.domain.webhooks.endpoint import EVENT_TYPES
from ordering.repositories.webhook_deliveries import SLOT_SECONDS
from stacks.acceptances import Checker
from stacks.access import DELIVER_WEBHOOK, FAN_OUT_WEBHOOKS
from stacks.data import DataStack
from stacks.event_consumer import EventConsumer
from stacks.events import EventsStack
from stacks.function import OrderFunction
from stacks.grants import allow
from stacks.layers import Layers
from stacks.nag import accept, suppress_nag
from stacks.queue import WorkQueue
from stacks.routes import ACCESS
from stacks.settings import Settings, WebhookSettings
from stacks.stack import AWS_KEY, FunctionStack, removal_policy

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


class WebhooksStack(FunctionStack):
    """Events for partners, sent to their endpoints."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        layers: Layers,
        data: DataStack,
        events_stack: EventsStack,
        webhooks: WebhookSettings,
    ) -> None:
        super().__init__(
            scope, id, settings=settings, layers=layers, description="Order backend: webhooks for partners"
        )
        if _TIMEOUT.to_seconds() >= SLOT_SECONDS:
            raise ValueError(
                f"deliver_webhook: its time-out must be shorter than {SLOT_SECONDS} s, as a slot is"
            )
        # It reads an output of that stack.
        self.add_stack_dependency(events_stack)
        self.key = self._key()
        self.deliveries = WorkQueue(
            self,
            "WebhookDeliveries",
            visibility_timeout=Duration.seconds(6 * _TIMEOUT.to_seconds()),
            max_receive_count=_MAX_RECEIVES,
        )
        # Messages wait for the next attempt. One that was received more than three times does not count as
        # the oldest one ("Available CloudWatch metrics for Amazon SQS"). The first three attempts take 36
        # minutes, and a paused endpoint is asked at least once an hour.
        self.deliveries.longest_wait = Duration.hours(12)
        self.deliveries.runbook = self.deliveries.dead_letters.runbook = RUNBOOK
        for read_by_the_api in (self.key, self.deliveries):
            # Weak, so that the API can stop reading it while this stack stays as it is.
            CrossStackReferences.of(read_by_the_api).produce(ReferenceStrength.WEAK)
        self._fan_out(events_stack, data)
        self._deliver(data, webhooks)
        CfnOutput(self, "WebhookKeyArn", value=self.key.ref)
        CfnOutput(self, "WebhookDeliveriesQueueUrl", value=self.deliveries.queue_url)
        CfnOutput(self, "WebhookDeliveriesDeadLetterQueueUrl", value=self.deliveries.dead_letters.queue_url)

    def access(self, handler: str) -> Iterator[iam.PolicyStatement]:
        """Yields the statements of a route's handler on the resources of this stack; none for another one."""
        if actions := ACCESS[handler].webhook_key:
            yield allow([f"secretsmanager:{action}" for action in actions], self.key.ref)
        if handler == "send_test_webhook":
            yield allow(["sqs:SendMessage"], self.deliveries.queue_arn)

    def variables(self, handler: str) -> dict[str, str]:
        """Returns the variables of a route's handler that name resources of this stack."""
        variables = {}
        if ACCESS[handler].webhook_key:
            variables["WEBHOOK_KEY_ARN"] = self.key.ref
        if handler == "send_test_webhook":
            variables["WEBHOOK_DELIVERIES_QUEUE_URL"] = self.deliveries.queue_url
        if handler == "create_webhook" and self.settings.local:
            variables["LOCAL_WEBHOOK_RECEIVERS"] = LOCAL_RECEIVER
        return variables

    def _key(self) -> secretsmanager.CfnSecret:
        """Returns the secret with the key from which the secrets of webhook endpoints are derived.

        Secrets Manager generates another value if any property of `GenerateSecretString` changes
        ("AWS::SecretsManager::Secret GenerateSecretString"), and the version before it has no label that
        keeps it. So do not change them: `orders-ops rotate-webhook-key` replaces the key and keeps the
        earlier ones. The secret is kept like the table, without which it is useless.
        """
        secret = secretsmanager.CfnSecret(
            self,
            "WebhookKey",
            description=f"Derives the secrets of webhook endpoints, {self.settings.stage}",
            generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
                password_length=64, exclude_punctuation=True
            ),
        )
        secret.apply_removal_policy(removal_policy(self.settings))
        accept(secret, Checker.CHECKOV, "CKV_AWS_149", AWS_KEY)
        suppress_nag(
            secret,
            "AwsSolutions-SMG4",
            "A new key is used once a partner replaces their secret, so no schedule can retire a key.",
        )
        return secret

    def _fan_out(self, events_stack: EventsStack, data: DataStack) -> None:
        # Read from an output: an export of the bus would come and go with this stack.
        bus_name = Fn.get_stack_output(events_stack.stack_name, "EventBusName")
        EventConsumer(
            self,
            "Webhooks",
            "fan_out_webhooks",
            bus=events.EventBus.from_event_bus_name(self, "Bus", bus_name),
            data=data,
            access=FAN_OUT_WEBHOOKS,
            types=EVENT_TYPES,
            timeout=Duration.seconds(30),
            max_concurrency=5,
            statements=[allow(["sqs:SendMessage"], self.deliveries.queue_arn)],
            environment={"WEBHOOK_DELIVERIES_QUEUE_URL": self.deliveries.queue_url},
        )

    def _deliver(self, data: DataStack, webhooks: WebhookSettings) -> None:
        function = OrderFunction(
            self,
            "events/deliver_webhook",
            data=data,
            access=DELIVER_WEBHOOK,
            timeout=_TIMEOUT,
            statements=[
                self.deliveries.consuming,
                # For a delivery that has lost its message.
                allow(["sqs:SendMessage"], self.deliveries.queue_arn),
                allow([f"secretsmanager:{action}" for action in DELIVER_WEBHOOK.webhook_key], self.key.ref),
            ],
            environment={
                "WEBHOOK_KEY_ARN": self.key.ref,
                "WEBHOOK_DELIVERIES_QUEUE_URL": self.deliveries.queue_url,
                # A look-up has no time-out of its own (resolv.conf(5), `options`).
                "RES_OPTIONS": "timeout:2 attempts:2",
                **({"LOCAL_WEBHOOK_RECEIVERS": LOCAL_RECEIVER} if self.settings.local else {}),
            },
        )
        # One message at a time: in a batch, an endpoint would wait for the endpoints before it.
        self.deliveries.feed(
            "WebhookDeliveriesMapping", function, batch_size=1, max_concurrency=webhooks.max_concurrency
        )
