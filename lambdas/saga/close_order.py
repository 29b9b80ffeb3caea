"""Close order: everything is given back, and the order has come to its end."""

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
    """REJECTED, CANCELLED or ORDER_MOVED. Raises NotSettled while something is still to be given back."""
    if not story.order.status.is_compensating:
        return Outcome.ORDER_MOVED
    rejecting = story.order.status is Status.REJECTING
    if life_cycle.close(story, now()):
        return Status.REJECTED if rejecting else Status.CANCELLED
    return Outcome.ORDER_MOVED
