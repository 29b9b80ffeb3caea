"""Release stock: what the order held is available again."""

from ordering.domain.clock import now
from ordering.domain.order_details import Story
from ordering.domain.step_outcome import Outcome
from ordering.domain.stock import ReservationStatus
from ordering.dynamodb.client import Table
from ordering.repositories.ledger import Ledger
from ordering.repositories.orders import Orders
from ordering.saga.step import step

table = Table.of_environment()
ledger = Ledger(table)


@step(Orders(table))
def handler(story: Story) -> Outcome:
    """SETTLED or ORDER_MOVED."""
    if not story.order.status.is_compensating:
        return Outcome.ORDER_MOVED
    if story.reservation and story.reservation.status is ReservationStatus.HELD:
        ledger.release(story.reservation, now())
    return Outcome.SETTLED
