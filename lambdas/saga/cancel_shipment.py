"""Cancel shipment: call off what was booked, or may have been."""

from ordering.clock import now
from ordering.gateway import shipping_gateway
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
    if not story.order.status.is_compensating:
        return Outcome.ORDER_MOVED
    if story.shipment and story.shipment.status is not ShipmentStatus.CANCELLED:
        answer = carrier.cancel(story.order.order_id)
        ledger.record_shipment(story.shipment, answer.status, now(), reason=answer.reason)
    return Outcome.SETTLED
