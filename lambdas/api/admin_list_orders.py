"""GET /admin/customers/{customerId}/orders: any customer's orders, newest first."""

from ordering.dynamodb.client import Table
from ordering.http.paging import order_page
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.repositories.customer_orders import CustomerOrders

listing = CustomerOrders(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 200 with a page of orders, as `GET /orders` returns it to the customer."""
    return Response(200, order_page(listing, request, request.customer_id()))
