"""Release stock: make the units that the order held available again."""

from ordering import guards
from ordering.domain.clock import now
from ordering.domain.order_details import OrderDetails
from ordering.domain.step_outcome import StepOutcome
from ordering.domain.stock import ReservationStatus
from ordering.dynamodb.client import Table
from ordering.guards import Guard
from ordering.repositories.ledger import Ledger
from ordering.repositories.orders import Orders
from ordering.saga.step import step

table = Table.of_environment()
ledger = Ledger(table)


@step(Orders(table))
def handler(details: OrderDetails) -> StepOutcome:
    """Returns SETTLED or STALE."""
    if guards.applies(Guard.UNDO_STATUS, not details.order.status.is_compensating):
        return StepOutcome.STALE
    if details.reservation and details.reservation.status is ReservationStatus.HELD:
        ledger.release(details.reservation, now())
    return StepOutcome.SETTLED
