"""Book shipment: have the carrier fetch the goods."""

from ordering import guards
from ordering.clock import now
from ordering.gateway import shipping_gateway
from ordering.gateway.shipping import ShippingAnswer
from ordering.guards import Guard
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

# Of an order that was still open long after its customer wished to be forgotten.
_NO_ADDRESS = ShippingAnswer(status=ShipmentStatus.REFUSED, reason="address_removed")

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
    if guards.applies(Guard.BOOK_STATUS_READ, story.order.status is not Status.CONFIRMED):
        return Outcome.ORDER_MOVED
    shipment = story.shipment or guards.perform(
        Guard.INTEND_FIRST, ledger.intend_shipment, story.order, now()
    )
    if shipment is None:
        return Outcome.ORDER_MOVED
    if shipment.status is ShipmentStatus.INTENDED:
        answer = _book(story)
        shipment = ledger.record_shipment(
            shipment,
            answer.status,
            now(),
            tracking_number=answer.tracking_number,
            reason=answer.reason,
        )
    return _OUTCOMES.get(shipment.status, Outcome.ORDER_MOVED)


def _book(story: Story) -> ShippingAnswer:
    if story.address is None:
        return _NO_ADDRESS
    return carrier.book(reference=story.order.order_id, address=story.address)
