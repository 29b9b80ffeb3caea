"""Confirm order: the stock is held and the payment authorised; from here on money may move."""

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
    """CONFIRMED or ORDER_MOVED."""
    if story.order.status is Status.PENDING and life_cycle.confirm(story, now()):
        return Status.CONFIRMED
    return Outcome.ORDER_MOVED
