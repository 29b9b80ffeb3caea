"""Events about which a customer should have got a mail, but did not."""

from __future__ import annotations

from ordering.dead_letters.mail_log import CONSUMER
from ordering.dead_letters.queues.consumers import ConsumerLetters, UndeliveredLetters
from ordering.domain.events.envelope import Event
from ordering.domain.notifications import MAILED_EVENTS, NOTIFIED_EVENTS


class _NotificationLetters(ConsumerLetters):
    """What both dead-letter queues have in common."""

    consumer = CONSUMER
    queue_output = "NotificationsQueueUrl"
    in_order = True
    absence = (
        "sends no mail",
        "name another queue; a stage sends mail where `mail` is set in stacks/settings/stages.py",
    )

    def unwanted(self, event: Event) -> str | None:
        """Returns why customers get no mail about an event."""
        return None if event.type in MAILED_EVENTS else f"customers get no mail about {event.type}"

    def lost(self, event: Event) -> str:
        """Returns which mail the customer does not get. The API shows the status all the same."""
        if event.type not in NOTIFIED_EVENTS:
            return "the partner gets no mail that their webhook endpoint is disabled"
        return f"the customer gets no mail that the order is {NOTIFIED_EVENTS[event.type]}"


class Notifications(_NotificationLetters):
    """The dead letters of the queue from which customers are notified."""

    name = "notifications"
    holds = "events that notify_customer could not handle"
    output = "NotificationsDeadLetterQueueUrl"


class UndeliveredNotifications(_NotificationLetters, UndeliveredLetters):
    """The dead letters of the rule that sends events to that queue."""

    name = "undelivered-notifications"
    holds = "events that EventBridge could not deliver to the notifications queue"
    output = "UndeliveredNotificationsQueueUrl"
