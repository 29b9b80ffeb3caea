"""A sandbox carrier: it stores its bookings in a table, and serves every country except Antarctica (`AQ`)."""

import os
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from ordering.domain.countries import COUNTRIES
from ordering.domain.shipment import Address, ShipmentStatus
from ordering.dynamodb.client import ConditionFailed, Table
from ordering.providers.shipping import ShippingAnswer

# Unassigned codes of ISO 3166-1, which orders of an earlier release may contain, are not served either.
_SERVED = COUNTRIES.keys() - {"AQ"}


def connect(secret_arn: str | None) -> "SandboxShipping":
    """Returns the sandbox, which uses the table that the environment names. It has no secret."""
    return SandboxShipping(Table(os.environ["SANDBOX_TABLE_NAME"]))


class SandboxShipping:
    """Has the guarantees of `ShippingGateway`. Each call is one conditional write to its table.

    The item of a booking: `PK` `SHIPMENT#<reference>`, `status`, `trackingNumber`, `reason`.
    """

    def __init__(self, books: Table) -> None:
        self._books = books

    def book(self, *, reference: str, address: Address) -> ShippingAnswer:
        """Record the booking, unless the reference exists already."""
        record: dict[str, Any] = {"PK": partition(reference)}
        if address.country not in _SERVED:
            record |= {"status": ShipmentStatus.REFUSED, "reason": "address_not_served"}
        else:
            tracking_number = f"SBX{sha256(reference.encode()).hexdigest()[:12].upper()}"
            record |= {"status": ShipmentStatus.BOOKED, "trackingNumber": tracking_number}
        try:
            self._books.put(record, condition="attribute_not_exists(PK)")
        except ConditionFailed as failure:
            record = dict(failure.item or {})
        return _answer(record)

    def cancel(self, reference: str) -> ShippingAnswer:
        """Mark the reference as cancelled. An unknown reference is marked too, so it cannot be booked."""
        record = self._books.update(
            {"PK": partition(reference)},
            "SET #status = :cancelled",
            names={"#status": "status"},
            values={":cancelled": ShipmentStatus.CANCELLED},
        )
        return _answer(record)


def partition(reference: str) -> str:
    """The key of a booking's item."""
    return f"SHIPMENT#{reference}"


def _answer(record: Mapping[str, Any]) -> ShippingAnswer:
    return ShippingAnswer(
        status=ShipmentStatus(record["status"]),
        tracking_number=record.get("trackingNumber"),
        reason=record.get("reason"),
    )
