"""The command `show`: everything known about an order, without private data; the address if asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from console import timeline
from console.progress import say
from ops.dead_letters.redrive import QueueListing
from ops.documents.actions import AuditEntry
from ops.errors import explain
from ops.logs.stage_log import PUBLISHER, LogLine, readable_lines
from ops.orders.event_log import event_records, lists_events
from ops.orders.report import OrderReport, audit_entries, print_report, read_report
from ops.partial_failures import finished
from ops.stage import Stage
from ordering.dead_letters.mail_log import MailRecord
from ordering.dead_letters.orders import reading
from ordering.domain.money import Money
from ordering.domain.operator_text import UNKNOWN_TIME, Redactor, address_lines, age, counted
from ordering.domain.order_details import OrderDetails
from ordering.domain.stock import units_by_sku
from ordering.http.admin_views import any_order_view

_EVENTS = "events, as far as the table and the log of publish_changes know them (the archive has no search)"


def show(stage: Stage, order_id: str, *, with_address: bool, with_log: bool, as_json: bool = False) -> int:
    """Print all that is known about an order; returns 0, or 3 when a part cannot be read.

    Raises CommandRefused if there is no order of this id.
    """
    report = read_report(stage, order_id, with_log=with_log)
    if as_json:
        print_report(stage, report, with_address=with_address)
    else:
        _print(stage, report, with_address=with_address, with_log=with_log)
    # One more, because the order itself is a part, and it has been shown.
    return finished(report.failures, of=len(report.failures) + 1)


def _print(stage: Stage, report: OrderReport, *, with_address: bool, with_log: bool) -> None:
    details, lines, mails = report.details, report.lines, report.mails
    redact = Redactor.of(details)
    with reading(details.order.order_id):
        text = [
            *_order(details),
            *_events(details, lines, with_log=with_log),
            *(_mails(mails) if mails or mails is None or stage.sends_mail else []),
            *(_log(lines) if with_log else []),
            *_letters(report.listings),
        ]
    for line in text:
        say(redact(line))
    for line in _audit(audit_entries(report.audit, redact)):
        say(line)
    if with_address:
        say()
        say("address")
        for part in address_lines(details.address) or ["none: it was deleted"]:
            say(f"  {part}")


def _order(details: OrderDetails) -> Iterator[str]:
    order = details.order
    view: dict[str, Any] = msgspec.to_builtins(any_order_view(details))
    yield timeline.heading(view)
    yield f"  customer  {order.customer_id}"
    if order.ids:
        yield f"  ids       correlation {order.ids.correlation_id}, trace {order.ids.trace_id}"
    reason = f" ({order.reason})" if order.reason else ""
    yield f"  status    {order.status}{reason}, version {order.version}, changed {age(order.updated_at)} ago"
    if order.reconcile_attempts or order.nudged_at:
        driven = counted(order.reconcile_attempts, "time")
        yield f"  sweep     has driven it {driven}, last at {order.nudged_at}"
    if order.parked_at:
        yield f"  parked    since {order.parked_at}; fix the cause, then `drive` it"
    if order.fault:
        yield f"  error     {order.fault.at}  {order.fault.cause}"
        if order.fault.count > 1:
            count, since = order.fault.count, order.fault.since
            yield f"            {count} errors of this kind since {since}, while other orders ended"
    if order.waits_for:
        yield f"  waits     for the provider of {order.waits_for}; no action is needed"
    yield ""
    yield "history"
    history = view["history"]
    for each in history:
        yield f"  {timeline.transition(each, history[0])}"
    yield ""
    yield "stock, payment, shipment"
    yield from _ledgers(details)


def _ledgers(details: OrderDetails) -> Iterator[str]:
    if details.reservation:
        held = units_by_sku(details.reservation.lines)
        units = ", ".join(f"{units} × {sku}" for sku, units in held.items())
        yield f"  {details.reservation.updated_at}  reservation {details.reservation.status}: {units}"
    for payment in details.payments:
        amount = Money(amount=payment.amount, currency=payment.currency)
        because = f", reason: {payment.reason}" if payment.reason else ""
        yield (
            f"  {payment.updated_at}  payment {payment.attempt} {payment.status}: {amount}, "
            f"{payment.payment_id}{because}"
        )
    if details.shipment:
        number = f": {details.shipment.tracking_number}" if details.shipment.tracking_number else ""
        because = f", reason: {details.shipment.reason}" if details.shipment.reason else ""
        yield f"  {details.shipment.updated_at}  shipment {details.shipment.status}{number}{because}"
    if details.refund:
        yield f"  {details.refund.updated_at}  refund {details.refund.status}: {details.refund.price}"
    if not (details.reservation or details.payments or details.shipment):
        yield "  none"


def _events(details: OrderDetails, lines: Sequence[LogLine] | None, *, with_log: bool) -> Iterator[str]:
    yield ""
    yield _EVENTS
    yield f"  {'changed':<24}  {'published':<24}  {'type':<20}  id"
    unknown = "not in the log" if with_log and lines is not None else "the log was not read"
    for event in event_records(details, lines or ()):
        times = f"{event.at or 'earlier':<24}  {event.published or unknown:<24}"
        yield f"  {times}  {event.type:<20}  {event.event_id}"


def _mails(mails: Sequence[MailRecord] | None) -> Iterator[str]:
    yield ""
    yield "mail"
    for mail in mails or ():
        yield f"  {mail.at or UNKNOWN_TIME}  {mail.event_type:<20}  {mail.description}"
    if not mails:
        yield "  none" if mails is not None else "  cannot be read"


def _log(lines: Sequence[LogLine] | None) -> Iterator[str]:
    yield ""
    if lines is None:
        yield "log"
        yield "  cannot be read"
        return
    # Published events are listed above.
    shown = [line for line in lines if not (line.source == PUBLISHER and lists_events(line.fields))]
    texts = list(readable_lines(shown, known={"order_id"}))
    yield f"log ({counted(len(texts), 'line')})"
    yield from (f"  {text}" for text in texts)


def _audit(entries: Sequence[AuditEntry] | None) -> Iterator[str]:
    if entries == []:
        return
    yield ""
    yield "operators"
    if entries is None:
        yield "  cannot be read"
    for each in entries or ():
        yield f"  {each.at}  {each.action} by {each.by}"
        yield f"    reason: {each.reason}"


def _letters(listings: Sequence[QueueListing]) -> Iterator[str]:
    yield ""
    yield "dead letters"
    for each in listings:
        if each.failure:
            yield f"  {each.name}: cannot be read: {explain(each.failure)[0]}"
        for letter in each.letters:
            sent = age(letter.message.sent_at)
            yield f"  {each.name}: {letter.message.id}, {letter.about}, sent {sent} ago"
            yield f"    cause: {letter.cause}"
    if not any(each.letters or each.failure for each in listings):
        yield "  none"
