"""A shipment: where the goods go, and how far they are."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from ordering.model import Body, Record
from ordering.text import END, PRINTABLE, ShortText

COUNTRY_PATTERN = rf"^[A-Z]{{2}}{END}"


class Address(Body, frozen=True):
    """A postal address. It is personal data: no event, history or log holds it."""

    name: Annotated[ShortText, Meta(description="Who receives the goods.", examples=["Ada Lovelace"])]
    line1: Annotated[ShortText, Meta(description="Street and number.", examples=["12 Rose Street"])]
    city: Annotated[ShortText, Meta(description="City or town.", examples=["Edinburgh"])]
    postal_code: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=16,
            pattern=PRINTABLE,
            description="Post code, as the country writes it.",
            examples=["EH2 2PR"],
        ),
    ]
    country: Annotated[str, Meta(pattern=COUNTRY_PATTERN, description="ISO 3166-1 alpha-2.", examples=["NL"])]
    line2: Annotated[ShortText, Meta(description="Building, floor, flat.")] | None = None
    region: Annotated[ShortText, Meta(description="State, province or county.")] | None = None


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
