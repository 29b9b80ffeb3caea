"""Record sales: adds each fulfilled, refunded or cancelled order to the totals of its day.

The totals are changed in the transaction that records the event. So an event counts once, however often and
in any order of delivery. An event that a rebuild of the totals has counted changes nothing.

| if it dies                  | then                                                                    |
|-----------------------------|-------------------------------------------------------------------------|
| before the transaction      | the event is redelivered                                                |
| after the transaction       | the same, and the record of the event shows that it was counted         |
"""

import os
from datetime import datetime

from ordering import guards
from ordering.consumers.event_consumer import Consumer, TableWrites
from ordering.domain.clock import as_text
from ordering.domain.events.envelope import Event
from ordering.domain.events.orders import OrderEvent
from ordering.domain.events.types import EventType
from ordering.domain.order import OrderId
from ordering.domain.sales import Sale, SaleKind, SoldLine, additions, is_canary, sold_lines
from ordering.domain.shop_day import day_of
from ordering.dynamodb.client import Table
from ordering.guards import Guard
from ordering.repositories.orders import Orders
from ordering.repositories.sales import Sales, adding

table = Table.of_environment()
orders, sales = Orders(table), Sales(table)

TIME_ZONE = os.environ["SHOP_TIME_ZONE"]
SHARDS = int(os.environ["SALES_SHARDS"])

_KINDS = {
    EventType.ORDER_FULFILLED: SaleKind.SOLD,
    EventType.ORDER_REFUNDED: SaleKind.REFUNDED,
    EventType.ORDER_CANCELLED: SaleKind.CANCELLED,
}

consumer = Consumer("record_sales", table, queue_url=os.environ["SALES_QUEUE_URL"])


@consumer.writes(*_KINDS)
def record(event: Event) -> TableWrites:
    """Return what adds an event to the totals."""
    sale = _sale(event)
    if is_canary(line.sku for line in sale.lines):
        return TableWrites("CANARY", {})
    state = sales.state()
    generation = state.generation_of(sale.at)
    if guards.applies(Guard.SALES_NOT_REBUILT, generation is None):
        return TableWrites("COUNTED_BY_REBUILD", {})
    added = additions(sale, day_of(sale.at, TIME_ZONE))
    return TableWrites(sale.kind, adding(added, state.active if generation is None else generation, SHARDS))


def _sale(event: Event) -> Sale:
    """Returns what an event says about sales. Raises LookupError if the order of a refund does not exist."""
    kind, at = _KINDS[event.type], as_text(datetime.fromisoformat(event.time))
    if isinstance(event, OrderEvent):
        lines = [
            SoldLine(line.sku, line.category or None, line.quantity, line.quantity * line.unit_price.amount)
            for line in event.lines
        ]
        return Sale(kind, at, event.total.currency, lines)
    # The event of a refund has the amount only.
    order = orders.find(OrderId(event.subject))
    if order is None:
        raise LookupError(f"the table holds no order {event.subject}")
    return Sale(kind, at, order.currency, sold_lines(order.lines))


handler = consumer.handler
