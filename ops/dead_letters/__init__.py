"""The kinds of dead letters, one file for each, in the order in which they are listed."""

from __future__ import annotations

from ops.dead_letters.missed_sweeps import MissedSweeps
from ops.dead_letters.notifications import Notifications, UndeliveredNotifications
from ops.dead_letters.order_messages import OrderMessages
from ops.dead_letters.parked_changes import ParkedChanges
from ops.dead_letters.undelivered_changes import UndeliveredChanges
from ops.dead_letters.undelivered_events import UndeliveredEvents
from ops.letters import Kind
from ops.orders import OrderDesk
from ops.piles import BucketPile, QueuePile
from ops.refusal import Refused
from ops.stage import Stage
from ordering.aws.event_bus import EventBus

QUEUES = {
    OrderMessages.name: "OrderDeadLetterQueueUrl",
    UndeliveredEvents.name: "UndeliveredEventsQueueUrl",
    ParkedChanges.name: "ParkedChangesQueueUrl",
    MissedSweeps.name: "MissedSweepsQueueUrl",
}
"""kind → the stacks' output that is the URL of its queue."""
QUEUES_OF_MAIL = {
    Notifications.name: "NotificationsDeadLetterQueueUrl",
    UndeliveredNotifications.name: "UndeliveredNotificationsQueueUrl",
}
"""The same, of a stage that sends mail."""

BUCKET = "UndeliveredChangesBucketName"
NAMES = (*QUEUES, *QUEUES_OF_MAIL, UndeliveredChanges.name)


def kinds(stage: Stage, *names: str) -> list[Kind]:
    """The kinds of these names; if none is named, all that the stage has.

    Raises Refused when one is named that it does not have.
    """
    had = [name for name in NAMES if stage.sends_mail or name not in QUEUES_OF_MAIL]
    return [_kind(stage, name) for name in names or had]


def _kind(stage: Stage, name: str) -> Kind:
    if name == UndeliveredChanges.name:
        return UndeliveredChanges(BucketPile(stage.s3, stage.output(BUCKET)), _bus(stage))
    if name in QUEUES_OF_MAIL:
        return _of_mail(stage, name)
    pile = QueuePile(stage.sqs, stage.output(QUEUES[name]))
    match name:
        case OrderMessages.name:
            return OrderMessages(pile, OrderDesk(stage))
        case UndeliveredEvents.name:
            return UndeliveredEvents(pile, OrderDesk(stage), stage.output("OrderQueueUrl"))
        case ParkedChanges.name:
            return ParkedChanges(pile, _bus(stage))
        case MissedSweeps.name:
            return MissedSweeps(pile)
    raise ValueError(f"no kind of dead letters is called {name}")


def _of_mail(stage: Stage, name: str) -> Kind:
    if not stage.sends_mail:
        raise Refused(
            f"stage {stage.name} sends no mail, so it has no queue of {name}",
            "name another queue; a stage sends mail where `mail` is set in stacks/settings.py",
        )
    kind = Notifications if name == Notifications.name else UndeliveredNotifications
    pile = QueuePile(stage.sqs, stage.output(QUEUES_OF_MAIL[name]))
    return kind(pile, stage.notify_customer, stage.sqs, stage.output("NotificationsQueueUrl"))


def _bus(stage: Stage) -> EventBus:
    return EventBus(stage.output("EventBusName"))
