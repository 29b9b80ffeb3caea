"""Messages of the queue of webhook deliveries that were received too often: each names a delivery."""

from __future__ import annotations

import msgspec

from ordering.aws.webhook_queue import DeliveryMessage
from ordering.dead_letters.letters import Action, DeadLetter, KeepMessage, QueueLetters, unreadable
from ordering.dead_letters.sources import QueueMessage
from ordering.dead_letters.stage import DeadLetterStage

NO_DELIVERY = "its body names no delivery of a webhook"


class WebhookDeliveries(QueueLetters):
    """The dead letters of the queue of deliveries."""

    name = "webhook-deliveries"
    holds = "messages of the webhook deliveries queue that deliver_webhook could not handle"
    output = "WebhookDeliveriesDeadLetterQueueUrl"
    queue_output = "WebhookDeliveriesQueueUrl"
    absence = (
        "sends no webhooks",
        "name another queue; webhooks are sent where `webhooks` is set in stacks/settings/stages.py",
    )

    @classmethod
    def is_expected(cls, stage: DeadLetterStage) -> bool:
        """Whether the stage sends webhooks."""
        return cls.output in stage.outputs

    def read(self, message: QueueMessage) -> DeadLetter:
        """Returns which event is for which endpoint."""
        named = _named(message)
        if named is None:
            return unreadable(message, NO_DELIVERY)
        about = f"event {named.event_id} for the webhook endpoint {named.webhook_id}"
        return DeadLetter(message, about, "deliver_webhook has recorded no error", named.order_id)

    def redriving(self, letter: DeadLetter) -> Action:
        """Send it again as a new message. A delivery that has ended is not attempted again."""
        named = _named(letter.message)
        if named is None:
            raise KeepMessage(f"{NO_DELIVERY}; `discard` it")
        return Action(
            "sends it to the webhook deliveries queue", lambda: self._send_in_group(letter.message, named)
        )

    def discarding(self, letter: DeadLetter) -> str:
        """Returns which event the partner does not get yet: the delivery itself stays PENDING."""
        named = _named(letter.message)
        if named is None:
            return "it names no delivery"
        return f"the partner gets event {named.event_id} only before a later one of its order, or by --resend"

    def _send_in_group(self, message: QueueMessage, named: DeliveryMessage) -> None:
        self._sqs.send_message(
            QueueUrl=self._queue_url, MessageBody=message.body, MessageGroupId=named.webhook_id
        )


def _named(message: QueueMessage) -> DeliveryMessage | None:
    try:
        return msgspec.json.decode(message.body, type=DeliveryMessage)
    except (ValueError, RecursionError):
        return None
