"""The command `refund`: refunds the whole payment of a fulfilled order.

One transaction checks that the order is FULFILLED and has no refund, records the refund, and writes the audit
record, so neither exists without the other. The sweep then refunds the payment at the provider, usually
within a minute, and retries for as long as that fails. The order remains FULFILLED.

| if it dies                        | then                                                                   |
|-----------------------------------|------------------------------------------------------------------------|
| before the transaction            | nothing has happened                                                   |
| after it, or its response is lost | the refund is recorded and is made; a second run is refused, and       |
|                                   | prints when the refund was requested                                   |
"""

from __future__ import annotations

from console.progress import say
from ops.audit import audit_entry, audit_record, checked_reason
from ops.documents.actions import RefundDocument, RefundEntry
from ops.errors import CommandRefused
from ops.json_output import print_document
from ops.options import confirm
from ops.orders.service import OrderService
from ops.stage import Stage
from ordering.dead_letters.orders import status_line
from ordering.domain.audit import AuditedAction, AuditRecord
from ordering.domain.operator_text import Redactor
from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import Payment
from ordering.domain.refund import Refund, RefundStatus
from ordering.dynamodb.client import TransactionCancelled
from ordering.repositories.refunds import Refunds

_AGAIN = "run the command again; `show` prints what the order is now"


def refund(stage: Stage, order_id: str, reason: str, *, yes: bool, as_json: bool) -> None:
    """Request the refund of an order, and record who did it. Raises CommandRefused."""
    orders = OrderService(stage)
    details = orders.details(order_id)
    payment = _refundable(details)
    reason = checked_reason(reason, details)
    by = stage.caller
    if not as_json:
        say(f"order {details.order.order_id}: {status_line(details.order)}")
    confirm(
        stage,
        f"{details.order.price} would be refunded; the order remains FULFILLED, and no stock is received. "
        f"Recorded with it: {by}, {reason}",
        yes=yes,
    )
    record = audit_record(details, AuditedAction.REFUND, by, reason)
    made = _requested(stage, details, payment, record)
    if made is None:
        # A fulfilled order keeps its status, so another operator has requested its refund.
        _refundable(orders.details(order_id))
        raise CommandRefused("the order has changed meanwhile; nothing was changed", _AGAIN)
    _report(stage, details, made, record, as_json=as_json)


def refund_entry(refund: Refund) -> RefundEntry:
    """Returns a refund in the form of the JSON documents."""
    return RefundEntry(
        status=refund.status,
        requested_at=refund.created_at,
        updated_at=refund.updated_at,
        amount=refund.amount,
        currency=refund.currency,
    )


def _refundable(details: OrderDetails) -> Payment:
    """Returns the payment to refund. Raises CommandRefused with the alternative if there is none."""
    order, made = details.order, details.refund
    shown = f"`show {order.order_id}` prints who requested it, and why"
    if made and made.status is RefundStatus.REFUNDED:
        raise CommandRefused(f"the order {order.order_id} was refunded at {made.updated_at}", shown)
    if made:
        raise CommandRefused(
            f"the refund of order {order.order_id} was requested at {made.created_at}: the sweep makes it",
            shown,
        )
    if order.status is Status.FULFILLED and details.payment:
        return details.payment
    raise CommandRefused(f"the order {order.order_id} is {order.status}, not FULFILLED", _remedy(details))


def _remedy(details: OrderDetails) -> str:
    if details.may_be_cancelled:
        return "use `cancel`: the saga releases its stock, and voids or refunds its payment"
    if details.order.status is Status.CONFIRMED:
        return "let it end: a fulfilled order can be refunded"
    return "there is nothing to do: what was paid is given back when such an order ends"


def _requested(stage: Stage, details: OrderDetails, payment: Payment, record: AuditRecord) -> Refund | None:
    try:
        return Refunds(stage.table).request(details, payment, record)
    except TransactionCancelled as cancelled:
        raise CommandRefused("other writes are in the way; nothing was changed", _AGAIN) from cancelled


def _report(stage: Stage, details: OrderDetails, made: Refund, record: AuditRecord, *, as_json: bool) -> None:
    if not as_json:
        say(f"refund of {made.price} requested by {record.by}: the sweep makes it within minutes")
        say(f"`show {made.order_id}` prints whether it is made")
        return
    audit = audit_entry(record)
    document = RefundDocument(
        stage=stage.name, failures=[], order_id=made.order_id, refund=refund_entry(made), audit=audit
    )
    # The identity of an operator often contains an e-mail address: it is what the record is for.
    print_document(document, Redactor.of(details), {"audit": audit})
