"""Refunds of fulfilled orders: requested by an operator, made by the sweep.

| if it dies                                          | then                                                 |
|-----------------------------------------------------|------------------------------------------------------|
| before the request is written (one transaction      | nothing has happened                                 |
| writes the refund and the operator's audit record)  |                                                      |
| before the provider is asked                        | the refund is due; the next sweep makes it           |
| after the provider has refunded                     | the same: the provider responds with the same status |
| after refund and payment are recorded (one          | nothing is left to do                                |
| transaction)                                        |                                                      |
"""

from ordering import guards
from ordering.domain.audit import AuditRecord
from ordering.domain.order import OrderId, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import Payment, PaymentStatus
from ordering.domain.refund import Refund, RefundStatus
from ordering.dynamodb.client import Table, TransactionCancelled
from ordering.dynamodb.transaction import ABSENT, check_status, put
from ordering.guards import Guard
from ordering.repositories import keys
from ordering.repositories.audit_trail import recorded
from ordering.repositories.items import item_of
from ordering.repositories.keys import order_keys
from ordering.repositories.updates import ids_of, update_ledger


class Refunds:
    """The refunds of one table's orders."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def request(self, details: OrderDetails, payment: Payment, audit: AuditRecord) -> Refund | None:
        """Record that a payment of a fulfilled order is to be refunded, with the audit record.

        Returns the refund; None if the order is not FULFILLED, or has a refund already: load it again. Raises
        TransactionCancelled if the cause was only a conflict or throttling.
        """
        order = details.order
        refund = Refund(
            order_id=order.order_id,
            attempt=payment.attempt,
            status=RefundStatus.REQUESTED,
            amount=payment.amount,
            currency=payment.currency,
            created_at=audit.at,
            updated_at=audit.at,
            version=1,
        )
        due = guards.value(Guard.REFUND_DUE, order_keys.due_refund(audit.at))
        item = item_of(refund, order_keys.refund(order.order_id), due) | ids_of(order)
        try:
            self._table.transact(
                {
                    "order": check_status(
                        order_keys.order(order.order_id), Guard.REFUND_FULFILLED, Status.FULFILLED
                    ),
                    "refund": put(item, condition=guards.condition(Guard.REFUND_ABSENT, ABSENT)),
                    "audit": recorded(audit),
                }
            )
        except TransactionCancelled as cancelled:
            if cancelled.failed("order") or cancelled.failed("refund"):
                return None
            raise
        return refund

    def due(self, now: str, limit: int) -> list[OrderId]:
        """Return up to `limit` orders with a refund that is due, the longest waiting first."""
        items, _ = self._table.query_page(
            "GSI2PK = :due AND GSI2SK <= :now",
            {":due": order_keys.DUE_REFUNDS, ":now": now},
            index=keys.DUE,
            limit=limit,
        )
        return [order_keys.order_of(item) for item in items]

    def complete(self, refund: Refund, payment: Payment, at: str) -> None:
        """Record that the provider has refunded the payment, once.

        Raises TransactionCancelled if the payment has changed since it was read, or after a conflict.
        """
        done = update_ledger(
            order_keys.refund(refund.order_id),
            {RefundStatus.REQUESTED},
            RefundStatus.REFUNDED,
            at,
            Guard.REFUND_OPEN,
            settled=guards.applies(Guard.REFUND_NOT_DUE),
        )
        # A step of the saga that runs late may have recorded what the provider reported.
        known = payment.status is PaymentStatus.REFUNDED
        returned = update_ledger(
            order_keys.payment(payment.order_id, payment.attempt),
            PaymentStatus.REFUNDED.predecessors,
            PaymentStatus.REFUNDED,
            at,
            Guard.PAYMENT_PREDECESSORS,
            settled=True,
        )
        try:
            self._table.transact({"refund": done.action, **({} if known else {"payment": returned.action})})
        except TransactionCancelled as cancelled:
            # Another sweep has recorded it.
            if not cancelled.failed("refund"):
                raise
