"""A shipment: where the goods go, and how far they are."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from ordering.model import Body, Record
from ordering.text import END, PRINTABLE, ShortText

COUNTRY_PATTERN = rf"^[A-Z]{{2}}{END}"


class Address(Body, frozen=True, omit_defaults=True):
    """A postal address. It is personal data: no event, history or log holds it."""

    name: ShortText
    line1: ShortText
    city: ShortText
    postal_code: Annotated[str, Meta(min_length=1, max_length=16, pattern=PRINTABLE)]
    country: Annotated[str, Meta(pattern=COUNTRY_PATTERN, description="ISO 3166-1 alpha-2.", examples=["NL"])]
    line2: ShortText | None = None
    region: ShortText | None = None


class ShipmentStatus(StrEnum):
    """Where a shipment stands."""

    INTENDED = "INTENDED"  # we may have asked the carrier; the customer can no longer cancel
    BOOKED = "BOOKED"
    REFUSED = "REFUSED"  # for good: an address the carrier does not serve
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
    # The carrier's word for a refusal: `address_not_served`.
    reason: str | None = None
