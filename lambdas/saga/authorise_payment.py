"""Authorise payment: have the order's total held on the customer's account."""

from ordering import guards
from ordering.gateway import payment_gateway
from ordering.guards import Guard
from ordering.order import Status
from ordering.outcome import Outcome
from ordering.saga.paying import authorise, open_attempt
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
    """AUTHORISED, DECLINED or ORDER_MOVED."""
    if guards.applies(Guard.AUTHORISE_STATUS_READ, story.order.status is not Status.PENDING):
        return Outcome.ORDER_MOVED
    payment = story.payment or open_attempt(ledger, gateway, story.order, story.next_attempt)
    return authorise(ledger, gateway, payment) if payment else Outcome.ORDER_MOVED
