"""All items that are stored about a customer, unchanged."""

from collections.abc import Sequence

from ordering.domain.exports import Position
from ordering.domain.order import CustomerId, OrderId
from ordering.dynamodb.client import Table
from ordering.dynamodb.codec import Item
from ordering.repositories.customer_orders import CustomerOrders, OrderCursor, OrderFilter
from ordering.repositories.keys import customer_keys, endpoint_keys, order_keys, realtime_keys


class CustomerItems:
    """The items of one table, by customer."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._orders = CustomerOrders(table)

    def of_customer(self, customer_id: CustomerId) -> list[Item]:
        """Return the items of the customer's own partition: the profile, and what belongs to it."""
        return self._partition(customer_keys.customer_partition(customer_id))

    def of_webhooks(self, customer_id: CustomerId) -> list[Item]:
        """Return the customer's webhook endpoints, and their number."""
        return self._partition(endpoint_keys.webhooks_partition(customer_id))

    def of_connections(self, customer_id: CustomerId) -> list[Item]:
        """Return the customer's connections to the WebSocket API."""
        return self._partition(realtime_keys.connections_partition(customer_id))

    def of_order(self, order_id: str) -> list[Item]:
        """Return the items of an order."""
        return self._partition(order_keys.order_partition(order_id))

    def orders_after(
        self, customer_id: CustomerId, position: Position | None, *, until: str, limit: int
    ) -> tuple[Sequence[Position], bool]:
        """Return the next orders of the customer, newest first, and whether there may be more.

        They were created before `until`. An order is listed whether it can be read or not.
        """
        after = OrderCursor(position.created_at, OrderId(position.order_id)) if position else None
        items, more = self._orders.entries(customer_id, OrderFilter(created_before=until), limit, after)
        listed = [order_keys.listed_order(item) for item in items]
        return [Position(created_at=at, order_id=order_id) for at, order_id in listed], more is not None

    def _partition(self, partition: str) -> list[Item]:
        return list(self._table.query("PK = :partition", {":partition": partition}))
