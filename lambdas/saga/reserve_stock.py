"""Reserve stock: hold the units of every line, or of none."""

from ordering.domain.clock import now
from ordering.domain.order import Status
from ordering.domain.order_details import Story
from ordering.domain.step_outcome import Outcome
from ordering.dynamodb.client import Table
from ordering.repositories.ledger import Ledger
from ordering.repositories.orders import Orders
from ordering.saga.step import step

table = Table.of_environment()
ledger = Ledger(table)


@step(Orders(table))
def handler(story: Story) -> Outcome:
    """RESERVED, OUT_OF_STOCK or ORDER_MOVED."""
    if story.order.status is not Status.PENDING:
        return Outcome.ORDER_MOVED
    if story.reservation:
        return Outcome.RESERVED
    return ledger.reserve(story.order, now())
