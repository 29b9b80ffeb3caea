"""Complete order: the pivot. Paid, dispatched and shipped in one moment; there is no way back."""

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
    """FULFILLED or ORDER_MOVED."""
    if story.order.status is Status.CONFIRMED and life_cycle.complete(story, now()):
        return Status.FULFILLED
    return Outcome.ORDER_MOVED
