"""Reject order: it cannot be confirmed. What it has taken is given back next."""

from ordering.clock import now
from ordering.order import Status
from ordering.outcome import Outcome
from ordering.saga.step import step
from ordering.story import Story
from ordering.table.client import Table
from ordering.table.life_cycle import LifeCycle
from ordering.table.orders import Orders

table = Table.of_environment()
life_cycle = LifeCycle(table)


@step(Orders(table))
def handler(story: Story) -> Outcome | Status:
    """REJECTING or ORDER_MOVED."""
    reason = story.reason_to_reject
    if reason and life_cycle.reject(story, reason, now()):
        return Status.REJECTING
    return Outcome.ORDER_MOVED
