"""POST /orders/{orderId}/cancel: cancels an order; the saga releases the stock and returns the money.

One transaction changes the order, and the event of that change starts the saga. A retry finds the order
cancelled and gets the same response.
"""

from ordering import guards
from ordering.aws.logging import logger
from ordering.domain.clock import now
from ordering.domain.order import CustomerId, OrderId, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.trace import log_keys
from ordering.dynamodb.client import Table
from ordering.guards import Guard
from ordering.http.order_views import order_view
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.repositories.order_transitions import OrderTransitions
from ordering.repositories.orders import Orders

table = Table.of_environment()
orders, transitions = Orders(table), OrderTransitions(table)

# The saga may change the order after it was read here, but only a few times: an order has few transitions.
_TRIES = 4


@route
def handler(request: Request) -> Response:
    """Returns 202 with the order, or 409 with the reason if it is too late.

    It is too late when the carrier has been asked to collect the goods, or the order has ended.

    The order is CANCELLING while its stock is released and its payment is voided or refunded; then it is
    CANCELLED. The request can be retried safely.
    """
    order_id, customer_id = request.order_id(), request.caller.customer_id
    for _ in range(_TRIES):
        details = _own(order_id, customer_id)
        if details.order.status in (Status.CANCELLING, Status.CANCELLED):
            return Response(202, order_view(details))
        if not details.may_be_cancelled:
            raise Problem(ProblemType.TOO_LATE_TO_CANCEL, _why_too_late(details))
        if transitions.request_cancellation(details, now()):
            return Response(202, order_view(_own(order_id, customer_id)))
    raise Problem(ProblemType.BUSY, "Other requests keep changing the order. Nothing was changed.")


def _own(order_id: OrderId | None, customer_id: CustomerId) -> OrderDetails:
    owner = guards.value(Guard.CANCEL_OWN, customer_id)
    details = orders.load(order_id, of=owner) if order_id else None
    if details is None:
        raise Problem(ProblemType.ORDER_NOT_FOUND, "You have no order with this id.")
    logger.append_keys(**log_keys(details.order.ids))
    return details


def _why_too_late(details: OrderDetails) -> str:
    if details.order.status is Status.CONFIRMED:
        return "The carrier has already been asked to collect the goods."
    return f"The order is already {details.order.status}."
