"""The outbox: publishes changes of the table on the event bus, at least once, in order for each item.

A change that cannot be published, because it cannot be read or the bus refuses its event permanently, is
parked (`ordering.aws.parked_changes`), and the stream continues.

| if it dies                      | then                                                           |
|---------------------------------|----------------------------------------------------------------|
| before anything is published    | the stream redelivers the whole batch                          |
| after some events are published | they are published again, under the same ids                   |
| while parking a record          | the record is parked at most twice                             |
| after the events were measured  | they are measured again: metrics may count a change twice      |
"""

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering import guards
from ordering.aws.event_bus import EventBus
from ordering.aws.logging import logger
from ordering.aws.metrics import write_measurements
from ordering.aws.parked_changes import ParkedChanges
from ordering.domain.events.deriving import MalformedChange
from ordering.domain.events.envelope import Event
from ordering.domain.trace import log_keys
from ordering.guards import Guard
from ordering.repositories.stream import event_of

bus = EventBus(os.environ["EVENT_BUS_NAME"])
parking = ParkedChanges(
    os.environ["PARKED_CHANGES_QUEUE_URL"],
    os.environ["UNDELIVERED_CHANGES_BUCKET_NAME"],
    os.environ["PARKED_OBJECTS_PREFIX"],
)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Publish a batch of the table's stream. Reports the first record to retry from, if any."""
    records: list[dict[str, Any]] = []
    events: list[Event] = []
    for record in event["Records"]:
        try:
            change = guards.perform(Guard.PUBLISH_FROM_STREAM, event_of, record)
        except MalformedChange as error:
            parking.park(record, str(error))
            continue
        if change:
            records.append(record)
            events.append(change)
    published = bus.publish(events)
    for refused in published.refused:
        parking.park(records[refused.position], refused.cause)
    first = published.stopped_at
    # An event that the bus refuses is measured too, since its change has happened. Events from `first` on are
    # measured when they are redelivered.
    write_measurements(events[:first])
    if first is None:
        refused_positions = {refused.position for refused in published.refused}
        accepted = [each for position, each in enumerate(events) if position not in refused_positions]
        traced = sorted({ids.correlation_id for each in accepted if (ids := each.ids)})
        # A batch has events of several orders.
        logger.info("published", extra={"events": list(map(_log_entry, accepted)), "correlation_ids": traced})
        return {"batchItemFailures": []}
    logger.warning("refused by the bus", extra={"event": events[first].id, **log_keys(events[first].ids)})
    return {"batchItemFailures": [{"itemIdentifier": records[first]["dynamodb"]["SequenceNumber"]}]}


def _log_entry(event: Event) -> dict[str, Any]:
    """Return what a line of the log says about an event: enough for `ops show` to list it with its order."""
    return {"id": event.id, "type": event.type.value, "subject": event.subject, "sequence": event.sequence}
