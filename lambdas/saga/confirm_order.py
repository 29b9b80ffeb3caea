"""Confirm order: the stock is held and the payment authorised. After this, the payment may be captured."""

from ordering.domain.clock import now
from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.step_outcome import StepOutcome
from ordering.dynamodb.client import Table
from ordering.repositories.order_transitions import OrderTransitions
from ordering.repositories.orders import Orders
from ordering.saga.step import step

table = Table.of_environment()
transitions = OrderTransitions(table)


@step(Orders(table))
def handler(details: OrderDetails) -> StepOutcome | Status:
    """Returns CONFIRMED or STALE."""
    if details.order.status is Status.PENDING and transitions.confirm(details, now()):
        return Status.CONFIRMED
    return StepOutcome.STALE
