"""The protocol of a shipping provider."""

from typing import Protocol

from msgspec import Struct

from ordering.domain.shipment import Address, ShipmentStatus


class ShippingAnswer(Struct, frozen=True, kw_only=True):
    """The status of the shipment at the carrier, its tracking number, and the reason for a refusal."""

    status: ShipmentStatus
    tracking_number: str | None = None
    reason: str | None = None


class ShippingGateway(Protocol):
    """Bookings, identified by our own reference.

    The saga relies on two guarantees:

    - Every call may be retried: a retry returns the booking's status and changes nothing more.
    - A cancelled reference can never be booked later, even if it was unknown when it was cancelled.

    Every call raises GatewayFault if the result is unknown, and takes at most five seconds.
    """

    def book(self, *, reference: str, address: Address) -> ShippingAnswer:
        """Ask the carrier to collect the goods. Returns BOOKED, REFUSED (permanent) or CANCELLED."""
        ...

    def cancel(self, reference: str) -> ShippingAnswer:
        """Cancel the booking. Returns CANCELLED."""
        ...
