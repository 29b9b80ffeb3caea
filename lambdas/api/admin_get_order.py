"""GET /admin/orders/{orderId}: anybody's order, and whose it is."""

from ordering.dynamodb.client import Table
from ordering.http.answer import Answer, route
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.views import any_order_view
from ordering.repositories.orders import Orders

orders = Orders(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """200 with the order, or 404."""
    order_id = request.order_id()
    details = orders.load(order_id) if order_id else None
    if details is None:
        raise Problem(ProblemType.ORDER_NOT_FOUND, "There is no order of this id.")
    return Answer(200, any_order_view(details))
