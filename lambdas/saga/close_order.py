"""Close order: everything is given back, and the order has come to its end."""

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
    """REJECTED, CANCELLED or ORDER_MOVED. Raises NotSettled while something is still to be given back."""
    if not story.order.status.is_compensating:
        return Outcome.ORDER_MOVED
    rejecting = story.order.status is Status.REJECTING
    if life_cycle.close(story, now()):
        return Status.REJECTED if rejecting else Status.CANCELLED
    return Outcome.ORDER_MOVED
