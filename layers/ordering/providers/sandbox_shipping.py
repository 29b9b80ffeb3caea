"""A carrier to try the system with: it keeps durable books and serves every country but Antarctica (`AQ`)."""

import os
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from ordering.domain.countries import COUNTRIES
from ordering.domain.shipment import Address, ShipmentStatus
from ordering.dynamodb.client import ConditionFailed, Table
from ordering.providers.shipping import ShippingAnswer

# Nor what ISO 3166-1 does not assign, which orders of an earlier release may hold.
_SERVED = COUNTRIES.keys() - {"AQ"}


def connect(secret_arn: str | None) -> "SandboxShipping":
    """The sandbox, with its books in the table that the environment names. It has no secret."""
    return SandboxShipping(Table(os.environ["SANDBOX_TABLE_NAME"]))


class SandboxShipping:
    """Keeps the promises of `ShippingGateway`; each call is one conditional write to its books.

    A booking's page: `PK` `SHIPMENT#<reference>`, `status`, `trackingNumber`, `reason`.
    """

    def __init__(self, books: Table) -> None:
        self._books = books

    def book(self, *, reference: str, address: Address) -> ShippingAnswer:
        """Enter the booking, unless the reference has a page already."""
        page: dict[str, Any] = {"PK": _page(reference)}
        if address.country not in _SERVED:
            page |= {"status": ShipmentStatus.REFUSED, "reason": "address_not_served"}
        else:
            tracking_number = f"SBX{sha256(reference.encode()).hexdigest()[:12].upper()}"
            page |= {"status": ShipmentStatus.BOOKED, "trackingNumber": tracking_number}
        try:
            self._books.put(page, condition="attribute_not_exists(PK)")
        except ConditionFailed as failure:
            page = dict(failure.item or {})
        return _answer(page)

    def cancel(self, reference: str) -> ShippingAnswer:
        """Mark the reference as cancelled; where it was unknown, so that it stays unbooked."""
        page = self._books.update(
            {"PK": _page(reference)},
            "SET #status = :cancelled",
            names={"#status": "status"},
            values={":cancelled": ShipmentStatus.CANCELLED},
        )
        return _answer(page)


def _page(reference: str) -> str:
    return f"SHIPMENT#{reference}"


def _answer(page: Mapping[str, Any]) -> ShippingAnswer:
    return ShippingAnswer(
        status=ShipmentStatus(page["status"]),
        tracking_number=page.get("trackingNumber"),
        reason=page.get("reason"),
    )
