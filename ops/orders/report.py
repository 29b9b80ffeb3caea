"""Everything known about an order, read part by part. If one cannot be read, the others are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops.dead_letters.queues import queues
from ops.dead_letters.redrive import LetterFilter, QueueListing, letter_entries, list_queues
from ops.documents.actions import AuditEntry
from ops.documents.show import EventEntry, HeldLine, MailEntry, PaymentEntry, ReservationEntry, ShowDocument
from ops.errors import CommandRefused
from ops.json_output import failed_parts, print_document
from ops.logs.stage_log import LogLine, StageLog, log_entries
from ops.orders.event_log import event_records
from ops.orders.refund import refund_entry
from ops.orders.service import OrderService
from ops.partial_failures import Failures, read_part
from ops.stage import Stage
from ordering.dead_letters.mail_log import MailRecord, mails_about
from ordering.dead_letters.orders import reading
from ordering.domain.audit import AuditRecord
from ordering.domain.operator_text import UNKNOWN_TIME, Redactor, address_lines
from ordering.domain.order_details import OrderDetails
from ordering.domain.stock import units_by_sku
from ordering.http.admin_views import any_order_view
from ordering.repositories.audit_trail import AuditTrail


@dataclass(frozen=True)
class OrderReport:
    """An order and its parts. A part that was not, or could not be, read is None: see `failures`."""

    details: OrderDetails
    lines: Sequence[LogLine] | None
    mails: Sequence[MailRecord] | None
    audit: Sequence[AuditRecord] | None
    listings: Sequence[QueueListing]
    failures: Failures


def read_report(stage: Stage, order_id: str, *, with_log: bool) -> OrderReport:
    """Returns everything known about an order. Raises CommandRefused if there is no order of this id."""
    details = OrderService(stage).details(order_id)
    failures: Failures = []
    lines = None
    if with_log:
        with reading(order_id):
            lines = read_part("the log", failures, lambda: StageLog(stage).about(details.order))
    mails = read_part("the mail", failures, lambda: mails_about(stage.table, details))
    trail = read_part(
        "the audit records", failures, lambda: AuditTrail(stage.table).of_order(details.order.order_id)
    )
    records, unread = trail or (None, [])
    for key in unread:
        remedy = "run this from a checkout of the deployed release"
        failures.append((f"the audit record {key}", CommandRefused("its format is not known", remedy)))
    listings = list_queues(queues(stage), LetterFilter(order_id))
    failures += [(f"the dead letters of {each.name}", each.failure) for each in listings if each.failure]
    return OrderReport(details, lines, mails, records, listings, failures)


def print_report(stage: Stage, report: OrderReport, *, with_address: bool) -> None:
    """Print a report as one JSON document."""
    details, redact = report.details, Redactor.of(report.details)
    ids = details.order.ids
    with reading(details.order.order_id):
        document = ShowDocument(
            stage=stage.name,
            failures=failed_parts(report.failures),
            order=any_order_view(details),
            correlation_id=ids.correlation_id if ids else None,
            trace_id=ids.trace_id if ids else None,
            reservation=_reservation(details),
            payments=_payments(details),
            refund=refund_entry(details.refund) if details.refund else None,
            events=[
                EventEntry(each.event_id, each.type, each.sequence, each.at, each.published)
                for each in event_records(details, report.lines or ())
            ],
            mails=None if report.mails is None else _mail_entries(report.mails),
            log=None if report.lines is None else log_entries(report.lines),
            letters=letter_entries(report.listings),
            audit=None,
            address=None,
        )
    shown = {
        "audit": audit_entries(report.audit, redact),
        "address": address_lines(details.address) if with_address else None,
    }
    print_document(document, redact, shown)


def audit_entries(records: Sequence[AuditRecord] | None, redact: Redactor) -> list[AuditEntry] | None:
    """Returns audit records with their reasons redacted.

    The identity of the operator is not redacted, although it often contains an e-mail address: it is what the
    record is for.
    """
    if records is None:
        return None
    return [AuditEntry(each.action, each.at, each.by, redact(each.reason)) for each in records]


def _mail_entries(records: Sequence[MailRecord]) -> list[MailEntry]:
    return [
        MailEntry(each.event_id, each.event_type, each.at or UNKNOWN_TIME, each.description)
        for each in records
    ]


def _reservation(details: OrderDetails) -> ReservationEntry | None:
    held = details.reservation
    if held is None:
        return None
    lines = [HeldLine(sku, units) for sku, units in units_by_sku(held.lines).items()]
    return ReservationEntry(held.status, held.updated_at, lines)


def _payments(details: OrderDetails) -> list[PaymentEntry]:
    return [
        PaymentEntry(
            attempt=each.attempt,
            status=each.status,
            updated_at=each.updated_at,
            amount=each.amount,
            currency=each.currency,
            payment_id=each.payment_id,
            reason=each.reason,
        )
        for each in details.payments
    ]
