"""The command `cancel`: an order is cancelled for its customer, by the customer's own guards.

The same repository functions decide as in `lambdas/api/cancel_order.py`. One transaction changes the order
and writes the audit record: there is neither without the other. The event of the change starts the saga,
which releases the stock and voids or refunds the payment.

| if it dies                        | then                                                                   |
|-----------------------------------|------------------------------------------------------------------------|
| before the transaction            | nothing has happened                                                   |
| after it, or its response is lost | the order is cancelled and recorded; a second run finds it cancelled,  |
|                                   | and writes nothing                                                     |
"""

from __future__ import annotations

from console.progress import say
from ops.documents import AuditEntry, CancelDocument
from ops.errors import CommandRefused
from ops.formatting import Redactor
from ops.json_output import print_document
from ops.options import confirm
from ops.orders import OrderService, status_line
from ops.stage import Stage
from ordering.domain.audit import LONGEST_REASON, AuditedAction, AuditRecord
from ordering.domain.clock import now
from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.text import NotOneLine, one_line
from ordering.dynamodb.client import TransactionCancelled
from ordering.repositories.order_transitions import OrderTransitions

# The saga may change the order after it was read here, but only a few times: an order has few transitions.
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
    reason = _checked(reason, details)
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
        at = now()
        record = AuditRecord(
            order_id=details.order.order_id,
            action=AuditedAction.CANCEL,
            by=by,
            reason=reason,
            at=at,
            version=1,
        )
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
    """Raises CommandRefused, with what can still be done, for an order that cannot be cancelled any more."""
    order = details.order
    if details.may_be_cancelled:
        return
    if order.status is Status.CONFIRMED:
        raise CommandRefused(
            f"the carrier has already been asked to collect the goods of order {order.order_id}",
            "let it end; goods that come back are refunded at the payment provider: docs/operations.md",
        )
    remedy = (
        "a fulfilled order is refunded at the payment provider: docs/operations.md"
        if order.status is Status.FULFILLED
        else "there is nothing to do: nothing is charged"
    )
    raise CommandRefused(f"the order {order.order_id} is already {order.status}", remedy)


def _checked(reason: str, details: OrderDetails) -> str:
    """Returns the reason as it is stored. Raises CommandRefused for a text that must not be stored."""
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


def _cancelled(stage: Stage, details: OrderDetails, record: AuditRecord) -> bool:
    try:
        return OrderTransitions(stage.table).request_cancellation(details, record.at, record)
    except TransactionCancelled as cancelled:
        raise CommandRefused("other writes are in the way; nothing was changed", _AGAIN) from cancelled


def _report(stage: Stage, details: OrderDetails, record: AuditRecord | None, *, as_json: bool) -> None:
    order = details.order
    if as_json:
        audit = entry(record) if record else None
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


def entry(record: AuditRecord) -> AuditEntry:
    """Returns a record as documents have it."""
    return AuditEntry(action=record.action, at=record.at, by=record.by, reason=record.reason)
