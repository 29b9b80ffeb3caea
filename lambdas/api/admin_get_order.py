"""GET /admin/orders/{orderId}: any customer's order."""

from ordering.dynamodb.client import Table
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.views import any_order_view
from ordering.repositories.orders import Orders

orders = Orders(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 200 with the order, or 404."""
    order_id = request.order_id()
    details = orders.load(order_id) if order_id else None
    if details is None:
        raise Problem(ProblemType.ORDER_NOT_FOUND, "There is no order with this id.")
    return Response(200, any_order_view(details))
