"""GET /admin/orders: open orders that have not moved for a while."""

from ordering.clock import ago
from ordering.http.answer import Answer, route
from ordering.http.request import Request
from ordering.http.shapes import OpenOrders, OpenOrderView
from ordering.order import Status
from ordering.table.client import Table
from ordering.table.sweep import Sweep

sweep = Sweep(Table.of_environment())

_A_WEEK = 7 * 24 * 60


@route
def handler(request: Request) -> Answer:
    """200 with up to `limit` orders open for longer than `openForMinutes`, the longest first."""
    minutes = request.whole_number("openForMinutes", default=15, least=0, most=_A_WEEK)
    limit = request.whole_number("limit", default=50, least=1, most=100)
    before = ago(minutes=minutes)
    waiting = [
        OpenOrderView(
            order_id=order.order_id,
            status=Status(order.status),
            created_at=order.created_at,
            updated_at=order.updated_at,
        )
        for order in sweep.open_since(before, limit)
    ]
    return Answer(200, OpenOrders(orders=waiting))
