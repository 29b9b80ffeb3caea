"""Documents of the commands that do something to one order: unpark, drive, cancel, refund."""

from __future__ import annotations

from ops.documents.base import Document, Part


class UnparkDocument(Document):
    """The order was returned to the sweep."""

    command = "unpark"
    order_id: str


class DriveDocument(Document):
    """The order was sent to the order queue; `unparked`: it was parked until then."""

    command = "drive"
    order_id: str
    unparked: bool


class AuditEntry(Part):
    """What an operator did to an order. `by` is the ARN of their identity."""

    action: str
    at: str
    by: str
    reason: str


class CancelDocument(Document):
    """`cancelled` is false, and `audit` null, if the order was cancelled before: nothing was done."""

    command = "cancel"
    order_id: str
    status: str
    cancelled: bool
    audit: AuditEntry | None


class RefundEntry(Part):
    """The refund of a fulfilled order. `amount` is in minor units of `currency`.

    `status` is REQUESTED until the payment provider has refunded the payment, and then REFUNDED.
    """

    status: str
    requested_at: str
    updated_at: str
    amount: int
    currency: str


class RefundDocument(Document):
    """The refund that was requested."""

    command = "refund"
    order_id: str
    refund: RefundEntry
    audit: AuditEntry
