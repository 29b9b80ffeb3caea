"""How the ledgers record the providers' responses. A status that is already further is kept."""

from ordering.domain.payment import PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.guards import Guard
from tests.simulation.model.guards import ActiveGuards
from tests.simulation.model.shared_state import SharedState


def note_payment(
    shared: SharedState, attempt: int, status: PaymentStatus, guards: ActiveGuards
) -> SharedState | None:
    """Returns the state with the response recorded, or unchanged. None: DynamoDB refuses the condition `IN
    ()`."""
    entry = shared.entry(attempt)
    if entry is None or not status.predecessors:
        return None
    if guards.passes(Guard.PAYMENT_PREDECESSORS, entry.status in status.predecessors):
        return shared.with_entry(attempt, entry._replace(status=status))
    return shared


def note_shipment(shared: SharedState, status: ShipmentStatus, guards: ActiveGuards) -> SharedState | None:
    """The same for the shipment. Without `Guard.INTEND_FIRST`, a shipment that was not intended is recorded
    late."""
    late = shared.shipment is None and not guards.has(Guard.INTEND_FIRST)
    if not late and (shared.shipment is None or not status.predecessors):
        return None
    if late or guards.passes(Guard.SHIPMENT_PREDECESSORS, shared.shipment in status.predecessors):
        return shared._replace(shipment=status)
    return shared
