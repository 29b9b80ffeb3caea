"""The outbox: what changed in the table is told on the event bus, at least once, in each item's order.

| if it dies                      | then                                                           |
|---------------------------------|----------------------------------------------------------------|
| before anything is published    | the stream delivers the whole batch again                      |
| after some events are published | they are published again, under the same ids                   |
| while parking a malformed record| the record is parked twice at worst                            |
"""

import os
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering.aws import client
from ordering.bus import Bus
from ordering.events import Event, MalformedChange, derive
from ordering.log import logger
from ordering.table.codec import decode_item

bus = Bus(os.environ["EVENT_BUS_NAME"])
queues = client("sqs")
parking_queue = os.environ["PARKED_CHANGES_QUEUE_URL"]


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Publish a batch of the table's stream; reports the first record to begin again with, if any."""
    numbers: list[str] = []
    events: list[Event] = []
    for record in event["Records"]:
        change = record["dynamodb"]
        try:
            happened = derive(_image(change, "OldImage"), _image(change, "NewImage"))
        except (MalformedChange, TypeError, ValueError) as error:
            _park(record, error)
            continue
        if happened:
            numbers.append(change["SequenceNumber"])
            events.append(happened)
    refused = bus.publish(events)
    if refused is None:
        logger.info("published", extra={"events": [each.event_id for each in events]})
        return {"batchItemFailures": []}
    logger.warning("refused by the bus", extra={"event": events[refused].event_id})
    return {"batchItemFailures": [{"itemIdentifier": numbers[refused]}]}


def _image(change: dict[str, Any], name: str) -> dict[str, Any] | None:
    return decode_item(change[name]) if name in change else None


def _park(record: dict[str, Any], error: Exception) -> None:
    """Put a record that nobody can read aside, so that it blocks no other: its shard goes on."""
    logger.error(
        "malformed change parked", extra={"cause": str(error), "keys": record["dynamodb"].get("Keys")}
    )
    parked = {"cause": str(error), "record": record}
    # A change may hold a payment token; the queue is encrypted, and nothing but operators read it.
    queues.send_message(QueueUrl=parking_queue, MessageBody=msgspec.json.encode(parked).decode())
