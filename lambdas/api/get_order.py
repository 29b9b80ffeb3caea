"""GET /orders/{orderId}: one of the caller's orders, with its history."""

from ordering import guards
from ordering.dynamodb.client import Table
from ordering.guards import Guard
from ordering.http.order_views import order_view
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.repositories.orders import Orders

orders = Orders(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 200 with the order. Returns 404 if it does not exist or belongs to another customer."""
    order_id = request.order_id()
    owner = guards.value(Guard.READ_OWN, request.caller.customer_id)
    details = orders.load(order_id, of=owner) if order_id else None
    if details is None:
        raise Problem(ProblemType.ORDER_NOT_FOUND, "You have no order with this id.")
    return Response(200, order_view(details))
