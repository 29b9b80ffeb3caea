"""Confirm order: the stock is held and the payment authorised; from here on money may move."""

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
    """CONFIRMED or ORDER_MOVED."""
    if story.order.status is Status.PENDING and life_cycle.confirm(story, now()):
        return Status.CONFIRMED
    return Outcome.ORDER_MOVED
