"""Notify warehouse: send the pick list of each fulfilled order to the queue that the warehouse polls.

An order is fulfilled once it is paid and its shipment is dispatched at the carrier: from then on it cannot be
cancelled, so that a pick list is never withdrawn.

| if it dies                          | then                                                            |
|-------------------------------------|-----------------------------------------------------------------|
| before it has claimed the event     | the message is redelivered                                      |
| before it has sent the pick list    | the same; its claim has expired by then                         |
| between sending it and recording it | the same, and the pick list is sent twice, with the same ids    |
| after recording it                  | the message is redelivered, and nothing is sent                 |
"""

import os

from ordering.aws.pick_list_queue import PickListQueue
from ordering.consumers.event_consumer import Consumer
from ordering.domain.events.envelope import Event
from ordering.domain.events.orders import OrderEvent
from ordering.domain.events.types import EventType
from ordering.domain.order import OrderId
from ordering.domain.pick_lists import pick_list_for
from ordering.dynamodb.client import Table
from ordering.repositories.orders import Orders

table = Table.of_environment()
orders = Orders(table)
pick_lists = PickListQueue(os.environ["PICK_LISTS_QUEUE_URL"])

consumer = Consumer("notify_warehouse", table, queue_url=os.environ["WAREHOUSE_QUEUE_URL"])


@consumer.calls(EventType.ORDER_FULFILLED)
def send_pick_list(event: Event) -> str:
    """Send the pick list of the order. Returns what became of it."""
    if isinstance(event, OrderEvent) and event.is_canary:
        return "CANARY"
    details = orders.load(OrderId(event.subject))
    if details is None:
        raise LookupError(f"the table holds no order {event.subject}")
    pick_lists.send(pick_list_for(event, details))
    return "SENT"


handler = consumer.handler
