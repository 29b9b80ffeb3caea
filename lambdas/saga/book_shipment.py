"""Book shipment: ask the carrier to collect the goods."""

from ordering import guards
from ordering.domain.clock import now
from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.step_outcome import StepOutcome
from ordering.dynamodb.client import Table
from ordering.guards import Guard
from ordering.providers import shipping_gateway
from ordering.providers.shipping import ShippingAnswer
from ordering.repositories.ledger import Ledger
from ordering.repositories.orders import Orders
from ordering.saga.step import step

table = Table.of_environment()
ledger = Ledger(table)
carrier = shipping_gateway()

# The address was removed, because the customer asked to be forgotten and the order stayed open too long.
_NO_ADDRESS = ShippingAnswer(status=ShipmentStatus.REFUSED, reason="address_removed")

_OUTCOMES = {
    ShipmentStatus.BOOKED: StepOutcome.BOOKED,
    ShipmentStatus.REFUSED: StepOutcome.SHIPMENT_REFUSED,
}


@step(Orders(table))
def handler(details: OrderDetails) -> StepOutcome:
    """Returns BOOKED, SHIPMENT_REFUSED or STALE.

    The intention is recorded before the carrier is called, so that a compensation knows that there may be a
    booking to cancel.
    """
    if guards.applies(Guard.BOOK_STATUS_READ, details.order.status is not Status.CONFIRMED):
        return StepOutcome.STALE
    shipment = details.shipment or guards.perform(
        Guard.INTEND_FIRST, ledger.intend_shipment, details.order, now()
    )
    if shipment is None:
        return StepOutcome.STALE
    if shipment.status is ShipmentStatus.INTENDED:
        reported = _book(details)
        shipment = ledger.record_shipment(
            shipment,
            reported.status,
            now(),
            tracking_number=reported.tracking_number,
            reason=reported.reason,
        )
    return _OUTCOMES.get(shipment.status, StepOutcome.STALE)


def _book(details: OrderDetails) -> ShippingAnswer:
    if details.address is None:
        return _NO_ADDRESS
    return carrier.book(reference=details.order.order_id, address=details.address)
