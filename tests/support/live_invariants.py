"""What clients of the WebSocket API are told about an order:

- Each event that is announced is told to the customer's connection, at least once.
- It is told of no other order.
- Between two messages about one order there is at least a second.
- A connection that its client has left is not kept.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ordering.domain.announcements import EVENT_TYPES
from tests.support.live_clients import LiveClients

# The clock moves by a millisecond with each read of it.
_PAUSE_SECONDS = 1


def violations(
    published: Sequence[Mapping[str, Any]],
    clients: LiveClients,
    connection_id: str,
    order_ids: Collection[str],
    items: Sequence[Mapping[str, Any]],
) -> Iterator[str]:
    """Yields the violations, as sentences. `order_ids`: those of the connection's customer; `items`: the
    table."""
    received = [each for each in clients.received if each.connection_id == connection_id]
    told = {(each.body["orderId"], each.body["event"]) for each in received}
    if connection_id in clients.gone:
        if any(item["SK"] == connection_id for item in items):
            yield "5: a connection is kept that its client has left"
        return
    announced = {(each["subject"], each["type"]) for each in published if each["type"] in EVENT_TYPES}
    for order_id, event in sorted(announced - told):
        yield f"5: {event} of order {order_id} was not told"
    for order_id in sorted({order_id for order_id, _ in told}.difference(order_ids)):
        yield f"6: a customer was told about order {order_id}, which is not theirs"
    for order_id in order_ids:
        times = [each.at for each in received if each.body["orderId"] == order_id]
        for earlier, later in pairwise(times):
            if later - earlier < _PAUSE_SECONDS:
                yield f"5: two messages about order {order_id} within {later - earlier:.3f} s"
