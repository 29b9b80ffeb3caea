"""Reserve stock: hold the units of every line, or of none."""

from ordering import guards
from ordering.clock import now
from ordering.guards import Guard
from ordering.order import Status
from ordering.outcome import Outcome
from ordering.saga.step import step
from ordering.story import Story
from ordering.table.client import Table
from ordering.table.ledger import Ledger
from ordering.table.orders import Orders

table = Table.of_environment()
ledger = Ledger(table)


@step(Orders(table))
def handler(story: Story) -> Outcome:
    """RESERVED, OUT_OF_STOCK or ORDER_MOVED."""
    if guards.applies(Guard.RESERVE_STATUS_READ, story.order.status is not Status.PENDING):
        return Outcome.ORDER_MOVED
    if guards.applies(Guard.RESERVE_DONE, story.reservation is not None):
        return Outcome.RESERVED
    return ledger.reserve(story.order, now())
