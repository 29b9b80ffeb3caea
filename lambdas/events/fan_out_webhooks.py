"""Fan out webhooks: turn an event into one delivery for each endpoint of the order's customer that wants it.

The deliveries are written in the transaction that records the event, so there is one for each endpoint. Their
messages are sent before, so that there is no delivery without a message:

| if it dies                             | then                                                             |
|----------------------------------------|------------------------------------------------------------------|
| before the messages are sent           | the event is redelivered                                         |
| between the messages and the write     | the same; the first messages find no delivery, and are dropped   |
| after the write                        | the event is redelivered; its new messages find the delivery     |
|                                        | that was written, and nothing is sent twice                      |

Partners get events of their own orders only, as `GET /orders` does (guarantee 6).
"""

import os

from ordering.aws.webhook_queue import WebhookQueue
from ordering.consumers.event_consumer import Consumer, TableWrites
from ordering.consumers.order_owner import owner_of
from ordering.domain.clock import now
from ordering.domain.events.envelope import Event
from ordering.domain.webhooks.delivery import delivery_of
from ordering.domain.webhooks.endpoint import EVENT_TYPES
from ordering.dynamodb.client import Table
from ordering.repositories.orders import Orders
from ordering.repositories.webhook_deliveries import Deliveries
from ordering.repositories.webhooks import Webhooks

table = Table.of_environment()
orders, webhooks = Orders(table), Webhooks(table)
deliveries_queue = WebhookQueue(os.environ["WEBHOOK_DELIVERIES_QUEUE_URL"])

consumer = Consumer("fan_out_webhooks", table, queue_url=os.environ["WEBHOOKS_QUEUE_URL"])


@consumer.writes(*EVENT_TYPES)
def fan_out(event: Event) -> TableWrites:
    """Return what writes the deliveries of an event, after their messages were sent."""
    at = now()
    wanted = [each for each in webhooks.of(owner_of(event, orders)) if each.wants(event.type)]
    deliveries = [delivery_of(event, endpoint, at=at) for endpoint in wanted]
    if not deliveries:
        return TableWrites("NO_ENDPOINT", {})
    deliveries_queue.send(deliveries)
    return TableWrites(
        "FANNED_OUT", {f"delivery to {each.webhook_id}": Deliveries.creation(each) for each in deliveries}
    )


handler = consumer.handler
