"""Count orders: counts the orders that were fulfilled on each day."""

import os

from ordering.consumers.event_consumer import Consumer, TableWrites
from ordering.domain.events.envelope import Event
from ordering.domain.events.types import EventType
from ordering.dynamodb.client import Table
from ordering.dynamodb.transaction import update

consumer = Consumer("count_orders", Table.of_environment(), queue_url=os.environ["COUNTS_QUEUE_URL"])


@consumer.writes(EventType.ORDER_FULFILLED)
def count(event: Event) -> TableWrites:
    """Return what counts an order. It is written with the record of the event, so each order counts once."""
    day = {"PK": "COUNT#ORDERS", "SK": event.time[:10]}
    return TableWrites(
        "COUNTED", {"count": update(day, "ADD orders :one", condition=None, values={":one": 1})}
    )


handler = consumer.handler
