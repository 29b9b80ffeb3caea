"""Cancel shipment: call off what was booked, or may have been."""

from ordering import guards
from ordering.clock import now
from ordering.gateway import shipping_gateway
from ordering.guards import Guard
from ordering.outcome import Outcome
from ordering.saga.step import step
from ordering.shipping import ShipmentStatus
from ordering.story import Story
from ordering.table.client import Table
from ordering.table.ledger import Ledger
from ordering.table.orders import Orders

table = Table.of_environment()
ledger = Ledger(table)
carrier = shipping_gateway()


@step(Orders(table))
def handler(story: Story) -> Outcome:
    """SETTLED or ORDER_MOVED.

    A shipment that was only intended is cancelled at the carrier as well: a booking of it that comes
    late then finds its reference closed.
    """
    if guards.applies(Guard.UNDO_STATUS, not story.order.status.is_compensating):
        return Outcome.ORDER_MOVED
    if story.shipment and _may_be_booked(story.shipment.status):
        answer = guards.perform(Guard.UNDO_CARRIER, carrier.cancel, story.order.order_id)
        ledger.record_shipment(story.shipment, answer.status, now(), reason=answer.reason)
    return Outcome.SETTLED


def _may_be_booked(status: ShipmentStatus) -> bool:
    return status is ShipmentStatus.BOOKED or guards.applies(
        Guard.UNDO_INTENDED, status is not ShipmentStatus.CANCELLED
    )
