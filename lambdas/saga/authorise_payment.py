"""Authorise payment: have the order's total held on the customer's account."""

from ordering.domain.order import Status
from ordering.domain.order_details import Story
from ordering.domain.step_outcome import Outcome
from ordering.dynamodb.client import Table
from ordering.providers import payment_gateway
from ordering.repositories.ledger import Ledger
from ordering.repositories.orders import Orders
from ordering.saga.paying import authorise, open_attempt
from ordering.saga.step import step

table = Table.of_environment()
ledger = Ledger(table)
gateway = payment_gateway()


@step(Orders(table))
def handler(story: Story) -> Outcome:
    """AUTHORISED, DECLINED or ORDER_MOVED."""
    if story.order.status is not Status.PENDING:
        return Outcome.ORDER_MOVED
    payment = story.payment or open_attempt(ledger, gateway, story.order, story.next_attempt)
    return authorise(ledger, gateway, payment) if payment else Outcome.ORDER_MOVED
