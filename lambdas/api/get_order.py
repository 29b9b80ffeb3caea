"""GET /orders/{orderId}: an order of the caller's, with all that happened to it."""

from ordering.dynamodb.client import Table
from ordering.http.answer import Answer, route
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.views import order_view
from ordering.repositories.orders import Orders

orders = Orders(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """200 with the order. A stranger's order answers as one that does not exist: 404."""
    order_id = request.order_id()
    details = orders.load(order_id) if order_id else None
    if details is None or details.order.customer_id != request.caller.customer_id:
        raise Problem(ProblemType.ORDER_NOT_FOUND, "You have no order of this id.")
    return Answer(200, order_view(details))
