"""Complete order: the pivot. Paid, dispatched and shipped in one moment; there is no way back."""

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
    """FULFILLED or ORDER_MOVED."""
    if story.order.status is Status.CONFIRMED and life_cycle.complete(story, now()):
        return Status.FULFILLED
    return Outcome.ORDER_MOVED
