"""Close order: everything has been given back, so the order ends."""

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
    """Returns REJECTED, CANCELLED or STALE. Raises NotSettled while something must still be given back."""
    if not details.order.status.is_compensating:
        return StepOutcome.STALE
    rejecting = details.order.status is Status.REJECTING
    if transitions.close(details, now()):
        return Status.REJECTED if rejecting else Status.CANCELLED
    return StepOutcome.STALE
