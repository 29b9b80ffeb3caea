"""The audit records of `cancel` and `refund`: checks the operator's reason, and creates the record."""

from __future__ import annotations

from ops.documents.actions import AuditEntry
from ops.errors import CommandRefused
from ordering.domain.audit import LONGEST_REASON, AuditedAction, AuditRecord
from ordering.domain.clock import now
from ordering.domain.operator_text import Redactor
from ordering.domain.order_details import OrderDetails
from ordering.domain.text import NotOneLine, one_line


def checked_reason(reason: str, details: OrderDetails) -> str:
    """Returns the reason in the form that is stored. Raises CommandRefused if it must not be stored."""
    try:
        text = one_line(reason)
    except NotOneLine as error:
        raise CommandRefused(f"--reason {error}", "give the reason in a few words") from error
    if len(text) > LONGEST_REASON:
        raise CommandRefused(
            f"--reason has {len(text)} characters", f"shorten it to {LONGEST_REASON} characters"
        )
    if Redactor.of(details)(text) != text:
        raise CommandRefused(
            "--reason contains an e-mail address, a line of the delivery address or the payment token",
            "leave personal data out: the record is kept when the customer is removed",
        )
    return text


def audit_record(details: OrderDetails, action: AuditedAction, by: str, reason: str) -> AuditRecord:
    """Returns the record of an action that is taken now."""
    return AuditRecord(
        order_id=details.order.order_id, action=action, by=by, reason=reason, at=now(), version=1
    )


def audit_entry(record: AuditRecord) -> AuditEntry:
    """Returns a record in the form of the JSON documents."""
    return AuditEntry(action=record.action, at=record.at, by=record.by, reason=record.reason)
