"""GET /admin/customers/{customerId}/orders: any customer's orders, newest first."""

from ordering.http.answer import Answer, route
from ordering.http.paging import order_page
from ordering.http.request import Request
from ordering.table.client import Table
from ordering.table.listing import Listing

listing = Listing(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """Returns 200 with a page of orders, as `GET /orders` returns it to the customer."""
    return Answer(200, order_page(listing, request, request.customer_id()))
