"""GET /orders: the caller's orders, newest first."""

from ordering.dynamodb.client import Table
from ordering.http.answer import Answer, route
from ordering.http.paging import order_page
from ordering.http.request import Request
from ordering.repositories.customer_orders import CustomerOrders

listing = CustomerOrders(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """200 with up to `limit` orders, of a `status` or a time if asked for, after `cursor` if there is one.

    A page may hold fewer, even none, and still have a `next`: go on until there is none. An order may be a
    moment late in the list; read by its id, it is always as it stands.
    """
    return Answer(200, order_page(listing, request, request.caller.customer_id))
