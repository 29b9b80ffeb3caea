"""Reject order: it cannot be confirmed. What it has taken is given back next."""

from ordering.domain.clock import now
from ordering.domain.order import Status
from ordering.domain.order_details import Story
from ordering.domain.step_outcome import Outcome
from ordering.dynamodb.client import Table
from ordering.repositories.order_transitions import LifeCycle
from ordering.repositories.orders import Orders
from ordering.saga.step import step

table = Table.of_environment()
life_cycle = LifeCycle(table)


@step(Orders(table))
def handler(story: Story) -> Outcome | Status:
    """REJECTING or ORDER_MOVED."""
    reason = story.reason_to_reject
    if reason and life_cycle.reject(story, reason, now()):
        return Status.REJECTING
    return Outcome.ORDER_MOVED
