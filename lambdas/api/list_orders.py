"""GET /orders: the caller's orders, newest first."""

from ordering.dynamodb.client import Table
from ordering.http.paging import order_page
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.repositories.customer_orders import CustomerOrders

listing = CustomerOrders(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 200 with a page of up to `limit` orders.

    A page may hold fewer orders, or none, and still have a `next`: continue until there is no `next`. The
    list may lag behind by a moment; `GET /orders/{orderId}` is always current.
    """
    return Response(200, order_page(listing, request, request.caller.customer_id))
