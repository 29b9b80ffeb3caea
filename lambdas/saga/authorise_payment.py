"""Authorise payment: let the provider hold the order's total on the customer's account."""

from ordering import guards
from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.step_outcome import StepOutcome
from ordering.dynamodb.client import Table
from ordering.guards import Guard
from ordering.providers import payment_gateway
from ordering.repositories.ledger import Ledger
from ordering.repositories.orders import Orders
from ordering.saga.payments import authorise, open_attempt
from ordering.saga.step import step

table = Table.of_environment()
ledger = Ledger(table)
gateway = payment_gateway()


@step(Orders(table))
def handler(details: OrderDetails) -> StepOutcome:
    """Returns AUTHORISED, DECLINED or STALE."""
    if guards.applies(Guard.AUTHORISE_STATUS_READ, details.order.status is not Status.PENDING):
        return StepOutcome.STALE
    payment = details.payment or open_attempt(ledger, gateway, details.order, details.next_attempt)
    return authorise(ledger, gateway, payment) if payment else StepOutcome.STALE
