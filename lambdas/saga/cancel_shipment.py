"""Cancel shipment: cancel a booking that was made, or may have been made."""

from ordering import guards
from ordering.domain.clock import now
from ordering.domain.order_details import OrderDetails
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.step_outcome import StepOutcome
from ordering.dynamodb.client import Table
from ordering.guards import Guard
from ordering.providers import shipping_gateway
from ordering.repositories.ledger import Ledger
from ordering.repositories.orders import Orders
from ordering.saga.step import step

table = Table.of_environment()
ledger = Ledger(table)
carrier = shipping_gateway()


@step(Orders(table))
def handler(details: OrderDetails) -> StepOutcome:
    """Returns SETTLED or STALE.

    A shipment that was only intended is cancelled at the carrier too, so that the carrier refuses a booking
    that arrives late.
    """
    if guards.applies(Guard.UNDO_STATUS, not details.order.status.is_compensating):
        return StepOutcome.STALE
    if details.shipment and _may_be_booked(details.shipment.status):
        reported = guards.perform(Guard.UNDO_CARRIER, carrier.cancel, details.order.order_id)
        ledger.record_shipment(details.shipment, reported.status, now(), reason=reported.reason)
    return StepOutcome.SETTLED


def _may_be_booked(status: ShipmentStatus) -> bool:
    return status is ShipmentStatus.BOOKED or guards.applies(
        Guard.UNDO_INTENDED, status is not ShipmentStatus.CANCELLED
    )
