"""GET /admin/orders: open orders that have not changed for a while."""

from collections.abc import Iterable

from ordering.aws.logging import logger
from ordering.domain.clock import ago
from ordering.domain.order import OrderId, Status
from ordering.dynamodb.client import Table
from ordering.http.admin_views import open_order_view
from ordering.http.paging import cursor_to, position_of
from ordering.http.problems import ProblemType, invalid_field
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.admin import OpenOrders, OpenOrderView
from ordering.repositories.open_orders import START, OpenOrdersCursor, OpenOrdersIndex
from ordering.repositories.reconciliation import DueOrder

waiting = OpenOrdersIndex(Table.of_environment())

_A_WEEK = 7 * 24 * 60


@route
def handler(request: Request) -> Response:
    """Returns 200 with a page of open orders that have not changed for `openForMinutes`.

    The least recently changed orders come first.

    With `status`, a page may hold fewer orders than `limit`, or none, although there is a next one.

    Parked orders are not listed: they are not retried until an operator has fixed the cause, and they have an
    alarm of their own.

    Each page evaluates `openForMinutes` again. An order that changes while you page may be left out.
    """
    minutes = request.int_parameter("openForMinutes", default=15, least=0, most=_A_WEEK)
    limit = request.int_parameter("limit", default=50, least=1, most=100)
    status = _open_status(request)
    purpose = f"open orders {minutes} {status}" if status else f"open orders {minutes}"
    after = position_of(request, purpose, OpenOrdersCursor) or START
    orders, position = waiting.since(ago(minutes=minutes), limit, after, status)
    views, unreadable = _views(orders)
    page = OpenOrders(
        orders=views,
        unreadable=tuple(unreadable),
        next=cursor_to(position, purpose) if position else None,
    )
    return Response(200, page)


def _open_status(request: Request) -> Status | None:
    """Returns the query's `status`; None if it is absent."""
    status = request.enum_parameter("status", Status)
    if status is not None and status.is_terminal:
        choices = ", ".join(each for each in Status if not each.is_terminal)
        raise invalid_field(ProblemType.INVALID_PARAMETER, "status", f"must be one of {choices}")
    return status


def _views(orders: Iterable[DueOrder]) -> tuple[list[OpenOrderView], list[OrderId]]:
    """Returns the orders, and the ids of those with a status that this release does not know."""
    views, unreadable = [], []
    for order in orders:
        try:
            views.append(open_order_view(order))
        except ValueError:
            # A status that this release does not know must not hide the other orders.
            unreadable.append(order.order_id)
            logger.error("order unreadable", extra={"order_id": order.order_id})
    return views, unreadable
