"""GET /admin/orders: open orders that have not moved for a while."""

from collections.abc import Iterable, Iterator

from ordering.aws.logging import logger
from ordering.domain.clock import ago
from ordering.dynamodb.client import Table
from ordering.http.answer import Answer, route
from ordering.http.paging import cursor_to, position_of
from ordering.http.request import Request
from ordering.http.shapes import OpenOrders, OpenOrderView
from ordering.http.views import open_order_view
from ordering.repositories.open_orders import START, OpenOrdersCursor, OpenOrdersIndex
from ordering.repositories.reconciliation import DueOrder

waiting = OpenOrdersIndex(Table.of_environment())

_A_WEEK = 7 * 24 * 60


@route
def handler(request: Request) -> Answer:
    """200 with up to `limit` orders open for longer than `openForMinutes`, the longest first, after
    `cursor` if there is one.

    An order that is parked is not among them: nobody drives it on until a person has looked at it, and alarms
    tell of it.

    Each page asks anew which orders stand still. One that moves while you read may be left out, and come
    again once it has stood still for as long.
    """
    minutes = request.whole_number("openForMinutes", default=15, least=0, most=_A_WEEK)
    limit = request.whole_number("limit", default=50, least=1, most=100)
    purpose = f"open orders {minutes}"
    after = position_of(request, purpose, OpenOrdersCursor) or START
    orders, position = waiting.since(ago(minutes=minutes), limit, after)
    page = OpenOrders(
        orders=list(_views(orders)),
        next=cursor_to(position, purpose) if position else None,
    )
    return Answer(200, page)


def _views(orders: Iterable[DueOrder]) -> Iterator[OpenOrderView]:
    for order in orders:
        try:
            yield open_order_view(order)
        except ValueError:
            # In a state that no release up to this one knows: it must not hide the others.
            logger.error("order unreadable", extra={"order_id": order.order_id})
