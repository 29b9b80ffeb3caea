"""Finds the customer whose order an event is about."""

from ordering.domain.events.envelope import Event
from ordering.domain.order import CustomerId, OrderId
from ordering.domain.webhooks.delivery import order_owner
from ordering.repositories.orders import Orders


def owner_of(event: Event, orders: Orders) -> CustomerId:
    """Return the customer of the event's order, read from the table if the event does not name them.

    Raises LookupError if the table has no such order.
    """
    if owner := order_owner(event):
        return owner
    order = orders.find(OrderId(event.subject))
    if order is None:
        raise LookupError(f"the table holds no order {event.subject}")
    return order.customer_id
