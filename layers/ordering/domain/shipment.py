"""A shipment: its address and its status."""

from collections.abc import Mapping
from enum import StrEnum

from ordering.domain.base import Positive, Record
from ordering.domain.clock import StoredTime
from ordering.domain.text import END

COUNTRY_PATTERN = rf"^[A-Z]{{2}}{END}"


class Address(Record, frozen=True, kw_only=True):
    """A postal address. It is personal data: no event, history or log contains it.

    An address is checked once, in the request, and not when it is read: the rules may have changed since, and
    an accepted order is still delivered, or refused by the carrier.
    """

    name: str
    line1: str
    city: str
    postal_code: str | None = None
    country: str
    line2: str | None = None
    region: str | None = None


class ShipmentStatus(StrEnum):
    """The status of a shipment.

    - `INTENDED`: the booking has started; the customer can no longer cancel.
    - `BOOKED`: the carrier will collect the goods.
    - `REFUSED`: the carrier refused, for example because it does not serve the address.
    - `DISPATCHED`: the goods are on their way.
    - `CANCELLED`: the shipment was cancelled before dispatch.
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
    """The ledger entry of one order's shipment."""

    order_id: str
    status: ShipmentStatus
    created_at: StoredTime
    updated_at: StoredTime
    version: Positive
    tracking_number: str | None = None
    # Why it was refused: the carrier's code (`address_not_served`), or our own (`address_removed`).
    reason: str | None = None
