"""Release stock: what the order held is available again."""

from ordering import guards
from ordering.clock import now
from ordering.guards import Guard
from ordering.outcome import Outcome
from ordering.saga.step import step
from ordering.stock import ReservationStatus
from ordering.story import Story
from ordering.table.client import Table
from ordering.table.ledger import Ledger
from ordering.table.orders import Orders

table = Table.of_environment()
ledger = Ledger(table)


@step(Orders(table))
def handler(story: Story) -> Outcome:
    """SETTLED or ORDER_MOVED."""
    if guards.applies(Guard.UNDO_STATUS, not story.order.status.is_compensating):
        return Outcome.ORDER_MOVED
    if story.reservation and story.reservation.status is ReservationStatus.HELD:
        ledger.release(story.reservation, now())
    return Outcome.SETTLED
