"""GET /admin/customers/{customerId}/orders: any customer's orders, newest first."""

from ordering.dynamodb.client import Table
from ordering.http.answer import Answer, route
from ordering.http.paging import order_page
from ordering.http.request import Request
from ordering.repositories.customer_orders import CustomerOrders

listing = CustomerOrders(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """200 with a page, as `GET /orders` gives it to the customer."""
    return Answer(200, order_page(listing, request, request.customer_id()))
