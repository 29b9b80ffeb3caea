"""A customer's orders, newest first."""

from typing import Any

from msgspec import Struct

from ordering.domain.order import CustomerId, Order, OrderId, Status
from ordering.dynamodb.client import Table
from ordering.dynamodb.codec import Item
from ordering.repositories import keys
from ordering.repositories.items import records_and_rest

# A filter is applied after reading, so that a rare status could make one request read everything there
# is. After this many pages of the index the answer is shorter than asked for, and the cursor goes on.
_MAX_PAGES_PER_REQUEST = 5
# A status that the first of them finds too few of is rare: the others look at many orders each, so that a
# small page is not an empty one.
_MIN_PAGE_SIZE_WHEN_SPARSE = 100

_IN_RANGE = "GSI1PK = :customer AND GSI1SK BETWEEN :from AND :to"


class OrderCursor(Struct, frozen=True, array_like=True):
    """Where a list of orders goes on: behind this order."""

    created_at: str
    order_id: OrderId


class OrderFilter(Struct, frozen=True, kw_only=True):
    """Which orders of a customer: all, or those of a status, or of a time (RFC 3339; both ends exclusive)."""

    status: Status | None = None
    created_after: str | None = None
    created_before: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no time lies in between. DynamoDB takes such a range for a mistake and refuses it."""
        return (
            self.created_after is not None
            and self.created_before is not None
            and self.created_after >= self.created_before
        )


class CustomerOrders:
    """The lists of one table's orders. Indexes are eventually consistent: an order may come a moment late."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def orders(
        self, customer_id: CustomerId, wanted: OrderFilter, limit: int, after: OrderCursor | None
    ) -> tuple[list[Order], list[OrderId], OrderCursor | None]:
        """Up to `limit` orders, newest first, and the position to go on from if there may be more.

        In between, the ids of those among them that cannot be read.
        """
        if wanted.is_empty:
            return [], [], None
        values = _range(customer_id, wanted)
        start = _start(customer_id, after) if after else None
        found: list[Order] = []
        unreadable: list[OrderId] = []
        for read in range(_MAX_PAGES_PER_REQUEST):
            room = limit - len(found) - len(unreadable)
            items, start = self._table.query_page(
                _IN_RANGE,
                values | ({":status": wanted.status} if wanted.status else {}),
                index=keys.LISTING,
                names={"#status": "status"} if wanted.status else None,
                filters="#status = :status" if wanted.status else None,
                limit=max(room, _MIN_PAGE_SIZE_WHEN_SPARSE) if read and wanted.status else room,
                start=start,
                newest_first=True,
            )
            orders, rest = records_and_rest(items[:room], Order)
            found += orders
            unreadable += map(keys.order_of, rest)
            if len(items) > room:
                return found, unreadable, _position(items[room - 1])
            if start is None or len(found) + len(unreadable) == limit:
                break
        return found, unreadable, _position(start) if start else None

    def entries(
        self, customer_id: CustomerId, wanted: OrderFilter, limit: int, after: OrderCursor | None
    ) -> tuple[list[Item], OrderCursor | None]:
        """The same as they are at rest, whether they can be read as orders or not; of any status."""
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
        ":customer": keys.customer_partition(customer_id),
        ":from": keys.after_orders_of(wanted.created_after),
        ":to": keys.before_orders_of(wanted.created_before),
    }


def _start(customer_id: CustomerId, after: OrderCursor) -> dict[str, Any]:
    """The key to go on behind."""
    listed = keys.my_orders(customer_id, after.created_at, after.order_id)
    return {**keys.order(after.order_id), **listed}


def _position(start: dict[str, Any]) -> OrderCursor:
    return OrderCursor(*keys.listed_order(start))
