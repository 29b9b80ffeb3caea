"""The command `cancel`: cancels an order for its customer, if the customer could still cancel it.

The decision and the guards are those of `lambdas/api/cancel_order.py`. One transaction changes the order and
writes the audit record, so neither exists without the other. The event of the change starts the saga, which
releases the stock and voids or refunds the payment.

| if it dies                        | then                                                                   |
|-----------------------------------|------------------------------------------------------------------------|
| before the transaction            | nothing has happened                                                   |
| after it, or its response is lost | the order is cancelled and recorded; a second run finds it cancelled,  |
|                                   | and writes nothing                                                     |
"""

from __future__ import annotations

from console.progress import say
from ops.audit import audit_entry, audit_record, checked_reason
from ops.documents.actions import CancelDocument
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
from ordering.dynamodb.client import TransactionCancelled
from ordering.repositories.order_transitions import OrderTransitions

# The saga may change the order after it was read here, but not more often: an order has few transitions.
_TRIES = 4
_CANCELLED = (Status.CANCELLING, Status.CANCELLED)
_AGAIN = "run the command again; `show` prints what the order is now"


def cancel(stage: Stage, order_id: str, reason: str, *, yes: bool, as_json: bool) -> None:
    """Cancel an order and record who did it. Raises CommandRefused if it is too late."""
    orders = OrderService(stage)
    details = orders.details(order_id)
    if details.order.status in _CANCELLED:
        _report(stage, details, None, as_json=as_json)
        return
    _require_in_time(details)
    reason = checked_reason(reason, details)
    by = stage.caller
    if not as_json:
        say(f"order {details.order.order_id}: {status_line(details.order)}")
    confirm(
        stage,
        "It would be cancelled: its stock is released, and its payment voided or refunded. Recorded with it: "
        f"{by}, {reason}",
        yes=yes,
    )
    for _ in range(_TRIES):
        record = audit_record(details, AuditedAction.CANCEL, by, reason)
        if _cancelled(stage, details, record):
            _report(stage, orders.details(order_id), record, as_json=as_json)
            return
        # The order has changed since it was read: perhaps it was cancelled, perhaps it is too late now.
        details = orders.details(order_id)
        if details.order.status in _CANCELLED:
            _report(stage, details, None, as_json=as_json)
            return
        _require_in_time(details)
    raise CommandRefused("other writes keep changing the order; nothing was changed", _AGAIN)


def _require_in_time(details: OrderDetails) -> None:
    """Raises CommandRefused if the order cannot be cancelled any more; the error names the alternative."""
    order = details.order
    if details.may_be_cancelled:
        return
    if order.status is Status.CONFIRMED:
        raise CommandRefused(
            f"the carrier has already been asked to collect the goods of order {order.order_id}",
            "let it end, then `refund` it",
        )
    remedy = (
        "use `refund`: the whole payment is given back, and the order remains FULFILLED"
        if order.status is Status.FULFILLED
        else "there is nothing to do: nothing is charged"
    )
    raise CommandRefused(f"the order {order.order_id} is already {order.status}", remedy)


def _cancelled(stage: Stage, details: OrderDetails, record: AuditRecord) -> bool:
    """Cancel the order; returns False if it has changed since it was read."""
    try:
        return OrderTransitions(stage.table).request_cancellation(details, record.at, record)
    except TransactionCancelled as cancelled:
        raise CommandRefused("other writes are in the way; nothing was changed", _AGAIN) from cancelled


def _report(stage: Stage, details: OrderDetails, record: AuditRecord | None, *, as_json: bool) -> None:
    order = details.order
    if as_json:
        audit = audit_entry(record) if record else None
        document = CancelDocument(
            stage=stage.name,
            failures=[],
            order_id=order.order_id,
            status=order.status,
            cancelled=record is not None,
            audit=audit,
        )
        # The identity of an operator often contains an e-mail address: it is what the record is for.
        print_document(document, Redactor.of(details), {"audit": audit})
    elif record is None:
        say(f"the order is {order.status} already: nothing was done")
        say(f"`show {order.order_id}` prints when and why it was cancelled")
    else:
        say(f"cancelled by {record.by}: the order is {order.status}; `show {order.order_id}` shows its end")
