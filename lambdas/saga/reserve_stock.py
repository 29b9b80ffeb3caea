"""Reserve stock: hold the units of all lines, or of none."""

from ordering import guards
from ordering.domain.clock import now
from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.step_outcome import StepOutcome
from ordering.dynamodb.client import Table
from ordering.guards import Guard
from ordering.repositories.ledger import Ledger
from ordering.repositories.orders import Orders
from ordering.saga.step import step

table = Table.of_environment()
ledger = Ledger(table)


@step(Orders(table))
def handler(details: OrderDetails) -> StepOutcome:
    """Returns RESERVED, OUT_OF_STOCK or STALE."""
    if guards.applies(Guard.RESERVE_STATUS_READ, details.order.status is not Status.PENDING):
        return StepOutcome.STALE
    if guards.applies(Guard.RESERVE_DONE, details.reservation is not None):
        return StepOutcome.RESERVED
    return ledger.reserve(details.order, now())
