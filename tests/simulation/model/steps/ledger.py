"""What the ledgers note of the providers' answers. What they already know better stands."""

from ordering.domain.payment import PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from tests.simulation.model.guards import Fence, Fences
from tests.simulation.model.shop import Shop


def note_payment(shop: Shop, attempt: int, status: PaymentStatus, fences: Fences) -> Shop | None:
    """The shop with the answer noted, or as it was. None: DynamoDB takes no condition `IN ()`."""
    page = shop.page(attempt)
    if page is None or not status.predecessors:
        return None
    if fences.allow(Fence.PAYMENT_PREDECESSORS, page.status in status.predecessors):
        return shop.with_page(attempt, page._replace(status=status))
    return shop


def note_shipment(shop: Shop, status: ShipmentStatus, fences: Fences) -> Shop | None:
    """The same for the shipment; where none was intended, without that fence, it is noted late."""
    late = shop.shipment is None and not fences.stand(Fence.INTEND_FIRST)
    if not late and (shop.shipment is None or not status.predecessors):
        return None
    if late or fences.allow(Fence.SHIPMENT_PREDECESSORS, shop.shipment in status.predecessors):
        return shop._replace(shipment=status)
    return shop
