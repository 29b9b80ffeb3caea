"""Void or refund payment: the customer gets back whatever was held or taken."""

from ordering.domain.order_details import Story
from ordering.domain.step_outcome import Outcome
from ordering.dynamodb.client import Table
from ordering.providers import payment_gateway
from ordering.repositories.ledger import Ledger
from ordering.repositories.orders import Orders
from ordering.saga.settling import settle
from ordering.saga.step import step

table = Table.of_environment()
ledger = Ledger(table)
gateway = payment_gateway()


@step(Orders(table))
def handler(story: Story) -> Outcome:
    """SETTLED or ORDER_MOVED."""
    if not story.order.status.is_compensating:
        return Outcome.ORDER_MOVED
    for payment in story.payments:
        if not payment.status.is_settled:
            settle(ledger, gateway, payment)
    return Outcome.SETTLED
