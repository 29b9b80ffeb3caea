"""Book shipment: have the carrier fetch the goods."""

from ordering.clock import now
from ordering.gateway import shipping_gateway
from ordering.order import Status
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

_OUTCOMES = {
    ShipmentStatus.BOOKED: Outcome.BOOKED,
    ShipmentStatus.REFUSED: Outcome.SHIPMENT_REFUSED,
}


@step(Orders(table))
def handler(story: Story) -> Outcome:
    """BOOKED, SHIPMENT_REFUSED or ORDER_MOVED.

    The intention is noted before the carrier is asked: whoever turns the order back knows then that
    there may be a booking to cancel.
    """
    if story.order.status is not Status.CONFIRMED or story.address is None:
        return Outcome.ORDER_MOVED
    shipment = story.shipment or ledger.intend_shipment(story.order, now())
    if shipment is None:
        return Outcome.ORDER_MOVED
    if shipment.status is ShipmentStatus.INTENDED:
        answer = carrier.book(reference=story.order.order_id, address=story.address)
        shipment = ledger.record_shipment(
            shipment,
            answer.status,
            now(),
            tracking_number=answer.tracking_number,
            reason=answer.reason,
        )
    return _OUTCOMES.get(shipment.status, Outcome.ORDER_MOVED)
