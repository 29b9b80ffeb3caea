"""Void or refund payment: give back to the customer what was held or captured."""

from ordering import guards
from ordering.domain.order_details import OrderDetails
from ordering.domain.step_outcome import StepOutcome
from ordering.dynamodb.client import Table
from ordering.guards import Guard
from ordering.providers import payment_gateway
from ordering.repositories.ledger import Ledger
from ordering.repositories.orders import Orders
from ordering.saga.payments import settle
from ordering.saga.step import step

table = Table.of_environment()
ledger = Ledger(table)
gateway = payment_gateway()


@step(Orders(table))
def handler(details: OrderDetails) -> StepOutcome:
    """Returns SETTLED or STALE."""
    if guards.applies(Guard.UNDO_STATUS, not details.order.status.is_compensating):
        return StepOutcome.STALE
    for payment in details.payments:
        if not payment.status.is_settled:
            guards.perform(Guard.UNDO_LEDGER, settle, ledger, gateway, payment)
    return StepOutcome.SETTLED
