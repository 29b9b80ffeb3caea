"""Void or refund payment: the customer gets back whatever was held or taken."""

from ordering import guards
from ordering.gateway import payment_gateway
from ordering.guards import Guard
from ordering.outcome import Outcome
from ordering.saga.settling import settle
from ordering.saga.step import step
from ordering.story import Story
from ordering.table.client import Table
from ordering.table.ledger import Ledger
from ordering.table.orders import Orders

table = Table.of_environment()
ledger = Ledger(table)
gateway = payment_gateway()


@step(Orders(table))
def handler(story: Story) -> Outcome:
    """SETTLED or ORDER_MOVED."""
    if guards.applies(Guard.UNDO_STATUS, not story.order.status.is_compensating):
        return Outcome.ORDER_MOVED
    for payment in story.payments:
        if not payment.status.is_settled:
            guards.perform(Guard.UNDO_LEDGER, settle, ledger, gateway, payment)
    return Outcome.SETTLED
