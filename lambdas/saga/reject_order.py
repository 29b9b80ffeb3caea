"""Reject order: begin to reject an order that cannot be confirmed. The compensating steps follow."""

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
    """Returns REJECTING or STALE."""
    reason = details.reason_to_reject
    if reason and transitions.reject(details, reason, now()):
        return Status.REJECTING
    return StepOutcome.STALE
