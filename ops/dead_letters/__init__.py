"""The kinds of dead letters, one file for each, in the order in which they are listed."""

from __future__ import annotations

from ops.dead_letters.missed_sweeps import MissedSweeps
from ops.dead_letters.order_messages import OrderMessages
from ops.dead_letters.parked_changes import ParkedChanges
from ops.dead_letters.undelivered_changes import UndeliveredChanges
from ops.dead_letters.undelivered_events import UndeliveredEvents
from ops.letters import Kind
from ops.orders import OrderDesk
from ops.piles import BucketPile, QueuePile
from ops.stage import Stage
from ordering.bus import Bus

QUEUES = {
    OrderMessages.name: "OrderDeadLetterQueueUrl",
    UndeliveredEvents.name: "UndeliveredEventsQueueUrl",
    ParkedChanges.name: "ParkedChangesQueueUrl",
    MissedSweeps.name: "MissedSweepsQueueUrl",
}
"""kind → the stacks' output that is the URL of its queue."""

BUCKET = "UndeliveredChangesBucketName"
NAMES = (*QUEUES, UndeliveredChanges.name)


def kinds(stage: Stage, *names: str) -> list[Kind]:
    """The kinds of these names, all if none is named."""
    return [_kind(stage, name) for name in names or NAMES]


def _kind(stage: Stage, name: str) -> Kind:
    if name == UndeliveredChanges.name:
        return UndeliveredChanges(BucketPile(stage.s3, stage.output(BUCKET)), _bus(stage))
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


def _bus(stage: Stage) -> Bus:
    return Bus(stage.output("EventBusName"))
