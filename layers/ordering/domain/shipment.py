"""A shipment: where the goods go, and how far they are."""

from collections.abc import Mapping
from enum import StrEnum

from ordering.domain.base import Record


class Address(Record, frozen=True, kw_only=True):
    """A postal address. It is personal data: no event, history or log holds it.

    It was checked when it came in, by the rules of that day. It is read whatever today's are: an order that
    was accepted is delivered, or refused by the carrier.
    """

    name: str
    line1: str
    city: str
    postal_code: str | None = None
    country: str
    line2: str | None = None
    region: str | None = None


class ShipmentStatus(StrEnum):
    """Where a shipment stands.

    - `INTENDED`: the carrier may have been asked, so that the customer can no longer cancel.
    - `BOOKED`: the carrier will fetch the goods.
    - `REFUSED`: it will not: it does not serve the address, say.
    - `DISPATCHED`: the goods are on their way.
    - `CANCELLED`: the goods stay.
    """

    INTENDED = "INTENDED"
    BOOKED = "BOOKED"
    REFUSED = "REFUSED"
    DISPATCHED = "DISPATCHED"
    CANCELLED = "CANCELLED"

    @property
    def predecessors(self) -> frozenset["ShipmentStatus"]:
        """The statuses from which our ledger may move to this one."""
        return _BEFORE[self]


_BEFORE: Mapping[ShipmentStatus, frozenset[ShipmentStatus]] = {
    ShipmentStatus.INTENDED: frozenset(),
    ShipmentStatus.BOOKED: frozenset({ShipmentStatus.INTENDED}),
    ShipmentStatus.REFUSED: frozenset({ShipmentStatus.INTENDED}),
    ShipmentStatus.DISPATCHED: frozenset({ShipmentStatus.BOOKED}),
    ShipmentStatus.CANCELLED: frozenset(
        {ShipmentStatus.INTENDED, ShipmentStatus.BOOKED, ShipmentStatus.REFUSED}
    ),
}


class Shipment(Record, frozen=True):
    """Our ledger of one order's shipment."""

    order_id: str
    status: ShipmentStatus
    created_at: str
    updated_at: str
    version: int
    tracking_number: str | None = None
    # Why it was refused: the carrier's word (`address_not_served`), or ours (`address_removed`).
    reason: str | None = None
