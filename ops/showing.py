"""An order's whole story, for people: no payment token, no e-mail, and no address unless it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from local import timeline
from local.steps import say
from ops.dead_letters import kinds
from ops.handling import Wanted, listed_of_each
from ops.letters import Kind, Letter
from ops.logs import PUBLISHER, Line, StageLog, told_by
from ops.notified import Notified, notified
from ops.orders import is_an_id, reading
from ops.refusal import Refused
from ops.stage import Stage
from ops.story import is_told, told
from ops.words import Discretion, age, counted
from ordering.domain.money import Money
from ordering.domain.order import OrderId
from ordering.domain.order_details import OrderDetails
from ordering.domain.shipment import Address
from ordering.http.views import any_order_view
from ordering.repositories import keys

_EVENTS = (
    "events, as far as the table and the log of publish_changes know: no archive can be asked for an order's"
)


def show(stage: Stage, order_id: str, *, with_address: bool, with_log: bool) -> None:
    """Print all that is known of an order. Raises Refused if there is none of this id."""
    with reading(order_id):
        story = stage.orders.load(OrderId(order_id)) if is_an_id(order_id) else None
    if story is None:
        raise Refused(
            f"stage {stage.name} has no order {order_id}", "check the id, and that it is this stage's"
        )
    with reading(order_id):
        lines = StageLog(stage).about(story.order) if with_log else []
    looks = listed_of_each(kinds(stage), Wanted(order_id))
    letters = [(kind, letter) for kind, found in looks for letter in found]
    own = keys.order(order_id)
    mails = notified(stage.notify_customer.records(f"{own['PK']}/{own['SK']}"))
    discretion = Discretion([story.order.payment_token, *_of_address(story.address)])
    told_by_mail = [*_told_by_mail(mails)] if mails or stage.sends_mail else []
    with reading(order_id):
        page = [*_page(story, lines, told_by_mail, letters, with_log=with_log)]
    for line in page:
        say(discretion(line))
    if with_address:
        say()
        say("address")
        for part in _of_address(story.address) or ["none: it was deleted"]:
            say(f"  {part}")


def _page(
    story: OrderDetails,
    lines: Sequence[Line],
    told_by_mail: Sequence[str],
    letters: Sequence[tuple[Kind, Letter]],
    *,
    with_log: bool,
) -> Iterator[str]:
    order = story.order
    view: dict[str, Any] = msgspec.to_builtins(any_order_view(story))
    yield timeline.heading(view)
    yield f"  customer  {order.customer_id}"
    reason = f" ({order.reason})" if order.reason else ""
    moved = f"last moved {age(order.updated_at)} ago"
    yield f"  status    {order.status}{reason}, version {order.version}, {moved}"
    if order.attempts or order.nudged_at:
        yield f"  sweep     driven on {counted(order.attempts, 'time')}, last at {order.nudged_at}"
    if order.parked_at:
        yield f"  parked    since {order.parked_at}; `drive` it once the cause is mended"
    if order.fault:
        yield f"  fault     {order.fault.at}  {order.fault.cause}"
        if order.fault.count > 1:
            count, since = order.fault.count, order.fault.since
            yield f"            {count} of this kind since {since}, while others ended"
    if order.waits_for:
        yield f"  waits     for the provider of {order.waits_for}; it goes on by itself"
    yield ""
    yield "history"
    history = view["history"]
    for each in history:
        yield f"  {timeline.transition(each, history[0])}"
    yield ""
    yield "held, paid, sent"
    yield from _ledgers(story)
    yield ""
    yield _EVENTS
    yield f"  {'happened':<24}  {'published':<24}  id, after {keys.order_partition(order.order_id)}/"
    unknown = "no log says so" if with_log else "the log was not read"
    for event in told(story, lines):
        short = event.event_id.partition("/")[2]
        yield f"  {event.at or 'earlier':<24}  {event.published or unknown:<24}  {short}"
    yield from told_by_mail
    if with_log:
        yield ""
        yield from _log(lines)
    yield ""
    yield "dead letters"
    for kind, letter in letters:
        yield f"  {kind.name}: {letter.message.id}, {letter.about}, sent {age(letter.message.sent_at)} ago"
        yield f"    because {letter.cause}"
    if not letters:
        yield "  none"


def _ledgers(story: OrderDetails) -> Iterator[str]:
    if story.reservation:
        units = ", ".join(f"{line.quantity} × {line.sku}" for line in story.reservation.lines)
        yield f"  {story.reservation.updated_at}  reservation {story.reservation.status}: {units}"
    for payment in story.payments:
        amount = Money(amount=payment.amount, currency=payment.currency)
        because = f", because {payment.reason}" if payment.reason else ""
        yield (
            f"  {payment.updated_at}  payment {payment.attempt} {payment.status}: {amount}, "
            f"{payment.payment_id}{because}"
        )
    if story.shipment:
        number = f": {story.shipment.tracking_number}" if story.shipment.tracking_number else ""
        because = f", because {story.shipment.reason}" if story.shipment.reason else ""
        yield f"  {story.shipment.updated_at}  shipment {story.shipment.status}{number}{because}"
    if not (story.reservation or story.payments or story.shipment):
        yield "  nothing"


def _told_by_mail(mails: Sequence[Notified]) -> Iterator[str]:
    yield ""
    yield "told by mail"
    for mail in mails:
        yield f"  {mail.at}  {mail.event_id.partition('/')[2]:<24}  {mail.says}"
    if not mails:
        yield "  nothing"


def _log(lines: Sequence[Line]) -> Iterator[str]:
    # What was published stands with the events already.
    shown = [line for line in lines if not (line.source == PUBLISHER and is_told(line.fields))]
    said = list(told_by(shown, known={"order_id"}))
    yield f"log ({counted(len(said), 'line')})"
    yield from (f"  {text}" for text in said)


def _of_address(address: Address | None) -> list[str]:
    if address is None:
        return []
    parts: dict[str, str] = msgspec.to_builtins(address)
    return [part for part in parts.values() if part]
