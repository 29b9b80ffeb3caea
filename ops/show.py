"""Everything known about an order: no payment token, no e-mail, and no address unless asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from console import timeline
from console.progress import say
from ops.dead_letter_commands import Failures, finished
from ops.dead_letters import queues
from ops.errors import FAILURES, CommandRefused, UnreadableOrder, explain
from ops.event_log import event_records, lists_events
from ops.formatting import Redactor, age, counted
from ops.logs import PUBLISHER, LogLine, StageLog, readable_lines
from ops.mail_log import MailRecord, mail_records
from ops.orders import is_an_id, reading
from ops.redrive import LetterFilter, QueueListing, list_queues
from ops.stage import Stage
from ordering.domain.money import Money
from ordering.domain.order import OrderId
from ordering.domain.order_details import OrderDetails
from ordering.domain.shipment import Address
from ordering.http.views import any_order_view
from ordering.repositories import keys

T = TypeVar("T")

_EVENTS = "events, as far as the table and the log of publish_changes know them (the archive has no search)"


def show(stage: Stage, order_id: str, *, with_address: bool, with_log: bool) -> int:
    """Print all that is known about an order; returns 0, or 3 when a part cannot be read.

    Raises CommandRefused if there is no order of this id.
    """
    with reading(order_id):
        story = stage.orders.load(OrderId(order_id)) if is_an_id(order_id) else None
    if story is None:
        raise CommandRefused(f"stage {stage.name} has no order {order_id}", "check the id and the stage")
    failures: Failures = []
    lines = None
    if with_log:
        with reading(order_id):
            lines = _part("the log", failures, lambda: StageLog(stage).about(story.order))
    item = keys.order(order_id)
    mails = _part(
        "the mail",
        failures,
        lambda: mail_records(stage.notify_customer.records(f"{item['PK']}/{item['SK']}")),
    )
    listings = list_queues(queues(stage), LetterFilter(order_id))
    failures += [(f"the dead letters of {each.name}", each.failure) for each in listings if each.failure]
    redact = Redactor([story.order.payment_token, *_lines_of(story.address)])
    with reading(order_id):
        page = [
            *_order(story),
            *_events(story, lines, with_log=with_log),
            *(_mails(mails) if mails or mails is None or stage.sends_mail else []),
            *(_log(lines) if with_log else []),
            *_letters(listings),
        ]
    for line in page:
        say(redact(line))
    if with_address:
        say()
        say("address")
        for part in _lines_of(story.address) or ["none: it was deleted"]:
            say(f"  {part}")
    # The order itself is one more part, which has been shown.
    return finished(failures, of=len(failures) + 1)


def _part(name: str, failures: Failures, read: Callable[[], T]) -> T | None:
    """Returns what was read; None when that failed, which is noted in `failures`."""
    try:
        return read()
    except UnreadableOrder:
        raise
    except FAILURES as failure:
        failures.append((name, failure))
        return None


def _order(story: OrderDetails) -> Iterator[str]:
    order = story.order
    view: dict[str, Any] = msgspec.to_builtins(any_order_view(story))
    yield timeline.heading(view)
    yield f"  customer  {order.customer_id}"
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
    yield from _ledgers(story)


def _ledgers(story: OrderDetails) -> Iterator[str]:
    if story.reservation:
        units = ", ".join(f"{line.quantity} × {line.sku}" for line in story.reservation.lines)
        yield f"  {story.reservation.updated_at}  reservation {story.reservation.status}: {units}"
    for payment in story.payments:
        amount = Money(amount=payment.amount, currency=payment.currency)
        because = f", reason: {payment.reason}" if payment.reason else ""
        yield (
            f"  {payment.updated_at}  payment {payment.attempt} {payment.status}: {amount}, "
            f"{payment.payment_id}{because}"
        )
    if story.shipment:
        number = f": {story.shipment.tracking_number}" if story.shipment.tracking_number else ""
        because = f", reason: {story.shipment.reason}" if story.shipment.reason else ""
        yield f"  {story.shipment.updated_at}  shipment {story.shipment.status}{number}{because}"
    if not (story.reservation or story.payments or story.shipment):
        yield "  none"


def _events(story: OrderDetails, lines: Sequence[LogLine] | None, *, with_log: bool) -> Iterator[str]:
    partition = keys.order_partition(story.order.order_id)
    yield ""
    yield _EVENTS
    yield f"  {'changed':<24}  {'published':<24}  id, after {partition}/"
    unknown = "not in the log" if with_log and lines is not None else "the log was not read"
    for event in event_records(story, lines or ()):
        short = event.event_id.partition("/")[2]
        yield f"  {event.at or 'earlier':<24}  {event.published or unknown:<24}  {short}"


def _mails(mails: Sequence[MailRecord] | None) -> Iterator[str]:
    yield ""
    yield "mail"
    for mail in mails or ():
        yield f"  {mail.at}  {mail.event_id.partition('/')[2]:<24}  {mail.description}"
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


def _lines_of(address: Address | None) -> list[str]:
    if address is None:
        return []
    parts: dict[str, str] = msgspec.to_builtins(address)
    return [part for part in parts.values() if part]
