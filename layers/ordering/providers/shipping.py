"""The protocol of a shipping provider."""

from typing import Protocol

from msgspec import Struct

from ordering.domain.shipment import Address, ShipmentStatus


class ShippingAnswer(Struct, frozen=True, kw_only=True):
    """Where the shipment stands at the carrier, its tracking number, and its word for a refusal."""

    status: ShipmentStatus
    tracking_number: str | None = None
    reason: str | None = None


class ShippingGateway(Protocol):
    """Bookings by our own reference. The saga relies on two promises:

    - Every call may be repeated: a repeat answers where the booking stands and changes nothing more.
    - A reference that was cancelled can never be booked later, even if it was unknown until then.

    Every call raises GatewayFault when it cannot tell, and takes at most five seconds.
    """

    def book(self, *, reference: str, address: Address) -> ShippingAnswer:
        """Ask for the goods to be fetched: BOOKED, REFUSED for good, or CANCELLED already."""
        ...

    def cancel(self, reference: str) -> ShippingAnswer:
        """Call the booking off: CANCELLED."""
        ...
