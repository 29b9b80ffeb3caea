"""What a customer's client of the WebSocket API is told:

- Each event of their orders that is announced, at least once.
- Nothing about the orders of others.
- Between two messages about one order there is at least a second, unless the SDK sends one again at once
  because its response was lost.
- A connection that its client has left is not kept.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ordering.domain.announcements import EVENT_TYPES
from tests.support.calls import InjectedFault
from tests.support.live_clients import LiveClients
from tests.support.mail_invariants import is_in_doubt

_PAUSE_SECONDS = 1


def violations(
    published: Sequence[Mapping[str, Any]],
    clients: LiveClients,
    connection_id: str,
    order_ids: Collection[str],
    injected: Iterable[InjectedFault],
    items: Sequence[Mapping[str, Any]],
) -> Iterator[str]:
    """Yields the violations, as sentences.

    `order_ids`: those of the connection's customer; `injected`: the faults that fired; `items`: the table.
    """
    faults = tuple(injected)
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
        for first, again in pairwise(each for each in received if each.body["orderId"] == order_id):
            is_resent = first.body == again.body and is_in_doubt(first.call, faults)
            if again.at - first.at < _PAUSE_SECONDS and not is_resent:
                yield f"5: two messages about order {order_id} within {again.at - first.at:.3f} s"
