"""POST /orders/{orderId}/cancel: the customer changed their mind; the saga gives back what was taken.

One transaction changes the order; the event of that change drives the saga. A repeat finds the order
cancelled, and answers as the first did.
"""

from ordering.domain.clock import now
from ordering.domain.order import CustomerId, OrderId, Status
from ordering.domain.order_details import OrderDetails
from ordering.dynamodb.client import Table
from ordering.http.answer import Answer, route
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.views import order_view
from ordering.repositories.order_transitions import OrderTransitions
from ordering.repositories.orders import Orders

table = Table.of_environment()
orders, transitions = Orders(table), OrderTransitions(table)

# The saga may move the order between our reading it and changing it, but not for ever: it has few moves.
_TRIES = 4


@route
def handler(request: Request) -> Answer:
    """202 with the order while it can be cancelled, or is; 409 with the reason when it is too late.

    It is CANCELLING at first, while what was held or taken is given back, and ends CANCELLED. To repeat the
    request is safe.
    """
    order_id, customer_id = request.order_id(), request.caller.customer_id
    for _ in range(_TRIES):
        details = _own(order_id, customer_id)
        if details.order.status in (Status.CANCELLING, Status.CANCELLED):
            return Answer(202, order_view(details))
        if not details.may_be_cancelled:
            raise Problem(ProblemType.TOO_LATE_TO_CANCEL, _why(details))
        if transitions.request_cancellation(details, now()):
            return Answer(202, order_view(_own(order_id, customer_id)))
    raise Problem(ProblemType.BUSY, "The order is being worked on. Nothing was changed.")


def _own(order_id: OrderId | None, customer_id: CustomerId) -> OrderDetails:
    details = orders.load(order_id) if order_id else None
    if details is None or details.order.customer_id != customer_id:
        raise Problem(ProblemType.ORDER_NOT_FOUND, "You have no order of this id.")
    return details


def _why(details: OrderDetails) -> str:
    if details.order.status is Status.CONFIRMED:
        return "The carrier has been asked to fetch the goods."
    return f"The order is {details.order.status} already."
