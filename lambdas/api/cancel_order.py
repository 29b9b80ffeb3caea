"""POST /orders/{orderId}/cancel: the customer changed their mind; the saga gives back what was taken.

One transaction changes the order; the event of that change drives the saga. A repeat finds the order
cancelled, and answers as the first did.
"""

from ordering import guards
from ordering.clock import now
from ordering.guards import Guard
from ordering.http.answer import Answer, route
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.views import order_view
from ordering.order import CustomerId, OrderId, Status
from ordering.story import Story
from ordering.table.client import Table
from ordering.table.life_cycle import LifeCycle
from ordering.table.orders import Orders

table = Table.of_environment()
orders, life_cycle = Orders(table), LifeCycle(table)

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
        story = _own(order_id, customer_id)
        if story.order.status in (Status.CANCELLING, Status.CANCELLED):
            return Answer(202, order_view(story))
        if not story.may_be_cancelled:
            raise Problem(ProblemType.TOO_LATE_TO_CANCEL, _why(story))
        if life_cycle.request_cancellation(story, now()):
            return Answer(202, order_view(_own(order_id, customer_id)))
    raise Problem(ProblemType.BUSY, "The order is being worked on. Nothing was changed.")


def _own(order_id: OrderId | None, customer_id: CustomerId) -> Story:
    story = orders.story(order_id) if order_id else None
    if story is None or guards.applies(Guard.CANCEL_OWN, story.order.customer_id != customer_id):
        raise Problem(ProblemType.ORDER_NOT_FOUND, "You have no order of this id.")
    return story


def _why(story: Story) -> str:
    if story.order.status is Status.CONFIRMED:
        return "The carrier has been asked to fetch the goods."
    return f"The order is {story.order.status} already."
