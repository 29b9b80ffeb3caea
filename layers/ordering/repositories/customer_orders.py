"""A customer's orders, newest first."""

from typing import Any

from msgspec import Struct

from ordering.domain.order import CustomerId, Order, OrderId, Status
from ordering.dynamodb.client import Table
from ordering.dynamodb.codec import Item
from ordering.repositories import keys
from ordering.repositories.items import records_and_rest
from ordering.repositories.keys import customer_keys, order_keys

# DynamoDB filters after reading, so a rare status could make one request read all orders of a customer. After
# this many pages of the index, the request returns fewer orders than its limit, and a cursor to continue.
_MAX_PAGES_PER_REQUEST = 5
# If the first page of the index contains too few orders of a status, the status is rare. The following pages
# then read at least this many orders each, so that a request with a small limit does not return nothing.
_MIN_PAGE_SIZE_WHEN_SPARSE = 100

_IN_RANGE = "GSI1PK = :customer AND GSI1SK BETWEEN :from AND :to"


class OrderCursor(Struct, frozen=True, array_like=True):
    """The position in a list of orders: after this order."""

    created_at: str
    order_id: OrderId


class OrderFilter(Struct, frozen=True, kw_only=True):
    """Selects orders of a customer by status and by time (RFC 3339; both ends exclusive); None: all."""

    status: Status | None = None
    created_after: str | None = None
    created_before: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the range contains no time. DynamoDB would refuse it as an error."""
        return (
            self.created_after is not None
            and self.created_before is not None
            and self.created_after >= self.created_before
        )


class CustomerOrders:
    """The lists of orders of one table. The index is eventually consistent: an order may appear late."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def orders(
        self, customer_id: CustomerId, wanted: OrderFilter, limit: int, after: OrderCursor | None
    ) -> tuple[list[Order], list[OrderId], OrderCursor | None]:
        """Return up to `limit` orders, the ids of unreadable orders, and the cursor of the next page.

        The newest orders come first. Unreadable orders count towards the limit. The cursor is None if there
        is no next page; with a cursor, the next page may still be empty.
        """
        if wanted.is_empty:
            return [], [], None
        values = _range(customer_id, wanted)
        start = _start(customer_id, after) if after else None
        found: list[Order] = []
        unreadable: list[OrderId] = []
        for pages_read in range(_MAX_PAGES_PER_REQUEST):
            room = limit - len(found) - len(unreadable)
            items, start = self._table.query_page(
                _IN_RANGE,
                values | ({":status": wanted.status} if wanted.status else {}),
                index=keys.LISTING,
                names={"#status": "status"} if wanted.status else None,
                filters="#status = :status" if wanted.status else None,
                limit=max(room, _MIN_PAGE_SIZE_WHEN_SPARSE) if pages_read and wanted.status else room,
                start=start,
                newest_first=True,
            )
            orders, rest = records_and_rest(items[:room], Order)
            found += orders
            unreadable += map(order_keys.order_of, rest)
            if len(items) > room:
                return found, unreadable, _position(items[room - 1])
            if start is None or len(found) + len(unreadable) == limit:
                break
        return found, unreadable, _position(start) if start else None

    def entries(
        self, customer_id: CustomerId, wanted: OrderFilter, limit: int, after: OrderCursor | None
    ) -> tuple[list[Item], OrderCursor | None]:
        """Return the stored items of a page, readable or not, and the cursor of the next page.

        The status of the filter is ignored.
        """
        if wanted.is_empty:
            return [], None
        start = _start(customer_id, after) if after else None
        items, last = self._table.query_page(
            _IN_RANGE,
            _range(customer_id, wanted),
            index=keys.LISTING,
            limit=limit,
            start=start,
            newest_first=True,
        )
        return list(items), _position(last) if last else None


def _range(customer_id: CustomerId, wanted: OrderFilter) -> dict[str, Any]:
    return {
        ":customer": customer_keys.customer_partition(customer_id),
        ":from": order_keys.after_orders_of(wanted.created_after),
        ":to": order_keys.before_orders_of(wanted.created_before),
    }


def _start(customer_id: CustomerId, after: OrderCursor) -> dict[str, Any]:
    """Return the key of the order at this position, in the table and in the index."""
    listed = order_keys.my_orders(customer_id, after.created_at, after.order_id)
    return {**order_keys.order(after.order_id), **listed}


def _position(start: dict[str, Any]) -> OrderCursor:
    return OrderCursor(*order_keys.listed_order(start))
