"""Turn back: a confirmed order cannot be fulfilled. What it has taken is given back next."""

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
    """CANCELLING or ORDER_MOVED."""
    reason = story.reason_to_turn_back
    if reason and life_cycle.turn_back(story, reason, now()):
        return Status.CANCELLING
    return Outcome.ORDER_MOVED
