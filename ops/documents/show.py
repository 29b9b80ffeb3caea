"""The document of `show`: one order with everything about it."""

from __future__ import annotations

from ops.documents.actions import AuditEntry, RefundEntry
from ops.documents.base import Document, Part
from ordering.http.shapes.admin import AnyOrderView


class HeldLine(Part):
    """Units of one product."""

    sku: str
    quantity: int


class ReservationEntry(Part):
    """The stock of an order."""

    status: str
    updated_at: str
    lines: list[HeldLine]


class PaymentEntry(Part):
    """A payment attempt. `amount` is in minor units of `currency`; `payment_id` is the provider's."""

    attempt: int
    status: str
    updated_at: str
    amount: int
    currency: str
    payment_id: str
    reason: str | None


class EventEntry(Part):
    """An event: when it happened, if the table knows; when it was published, if a log has it."""

    id: str
    type: str
    sequence: int
    at: str | None
    published: str | None


class MailEntry(Part):
    """How the customer was notified of an event, or why not."""

    event_id: str
    event_type: str
    at: str
    description: str


class LogEntry(Part):
    """A line of a log."""

    at: str
    source: str
    text: str


class LetterEntry(Part):
    """A dead letter. `receives` is null in a bucket; `beginning` only of one that cannot be decoded."""

    queue: str
    id: str
    about: str
    cause: str
    sent_at: str
    receives: int | None
    order_id: str | None
    beginning: str | None


class ShowDocument(Document):
    """`order` is what `GET /admin/orders/{orderId}` returns, without the mails.

    `mails`, `log` and `audit` are null if they were not, or could not be, read; `address` unless asked for.
    `refund` is null if none was requested. `correlation_id` and `trace_id` are null if the order has none: it
    was placed by an earlier release.
    """

    command = "show"
    order: AnyOrderView
    correlation_id: str | None
    trace_id: str | None
    reservation: ReservationEntry | None
    payments: list[PaymentEntry]
    refund: RefundEntry | None
    events: list[EventEntry]
    mails: list[MailEntry] | None
    log: list[LogEntry] | None
    letters: list[LetterEntry]
    audit: list[AuditEntry] | None
    address: list[str] | None
