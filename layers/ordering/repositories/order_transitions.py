"""The transitions of an order. Each is one transaction, which checks all its conditions."""

from collections.abc import Mapping

from ordering import guards
from ordering.domain.audit import AuditRecord
from ordering.domain.order import Order, Reason, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import SHIP, ReservationStatus
from ordering.dynamodb.client import Table, TransactionCancelled
from ordering.dynamodb.transaction import ABSENT, WriteAction, check, check_status, update
from ordering.guards import Guard
from ordering.repositories import keys
from ordering.repositories.audit_trail import recorded
from ordering.repositories.keys import order_keys
from ordering.repositories.updates import move_stock, transition_order, update_ledger

_SETTLED = [status for status in PaymentStatus if status.is_settled]


class NotSettled(Exception):
    """An order cannot be closed while stock is held, money is owed or a shipment is open."""


class OrderTransitions:
    """Makes the transitions of one table's orders.

    Every method returns whether the transition took place. False means that the order, or an item that the
    transition depends on, has changed since the details were loaded: load them again. TransactionCancelled is
    raised if the cause was only a conflict or throttling, so that a retry may succeed.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def confirm(self, details: OrderDetails, at: str) -> bool:
        """PENDING → CONFIRMED, if the stock is held and the payment authorised."""
        order_id = details.order.order_id
        return self._move(
            details.order,
            Status.CONFIRMED,
            at,
            Guard.CONFIRM_ORDER,
            {
                "reservation": check_status(
                    order_keys.reservation(order_id), Guard.CONFIRM_RESERVATION, ReservationStatus.HELD
                ),
                "payment": check_status(
                    _latest_payment(details), Guard.CONFIRM_PAYMENT, PaymentStatus.AUTHORISED
                ),
            },
        )

    def complete(self, details: OrderDetails, at: str) -> bool:
        """CONFIRMED → FULFILLED: the pivot. The order is paid and dispatched, its held units are shipped."""
        order_id = details.order.order_id
        dispatched = update_ledger(
            order_keys.shipment(order_id),
            {ShipmentStatus.BOOKED},
            ShipmentStatus.DISPATCHED,
            at,
            Guard.COMPLETE_SHIPMENT,
        )
        committed = update_ledger(
            order_keys.reservation(order_id),
            {ReservationStatus.HELD},
            ReservationStatus.COMMITTED,
            at,
            Guard.COMPLETE_RESERVATION,
        )
        paid = update(
            _latest_payment(details),
            "REMOVE GSI2PK, GSI2SK",
            condition=guards.condition(Guard.COMPLETE_PAYMENT, "#status = :captured"),
            names={"#status": "status"},
            values={":captured": PaymentStatus.CAPTURED},
        )
        held = details.reservation.lines if details.reservation else ()
        return self._move(
            details.order,
            Status.FULFILLED,
            at,
            Guard.COMPLETE_ORDER,
            {
                **guards.value(Guard.COMPLETE_NOT_DUE, {"payment": paid}),
                "shipment": dispatched.action,
                "reservation": committed.action,
                **guards.value(Guard.COMPLETE_SHIPS, move_stock(held, SHIP, at, Guard.COMPLETE_ENOUGH)),
            },
        )

    def reject(self, details: OrderDetails, reason: Reason, at: str) -> bool:
        """PENDING → REJECTING, if the reason is still true."""
        if reason is Reason.OUT_OF_STOCK:
            reservation = order_keys.reservation(details.order.order_id)
            still_true = {"reservation": check(reservation, guards.condition(Guard.REJECT_STOCK, ABSENT))}
        else:
            payment = _latest_payment(details)
            still_true = {"payment": check_status(payment, Guard.REJECT_PAYMENT, PaymentStatus.DECLINED)}
        return self._move(details.order, Status.REJECTING, at, Guard.REJECT_ORDER, still_true, reason)

    def cancel_by_system(self, details: OrderDetails, reason: Reason, at: str) -> bool:
        """CONFIRMED → CANCELLING by the saga, if the reason is still true."""
        if reason is Reason.SHIPMENT_REFUSED:
            shipment = order_keys.shipment(details.order.order_id)
            still_true = {"shipment": check_status(shipment, Guard.TURN_SHIPMENT, ShipmentStatus.REFUSED)}
        else:
            uncapturable = [status for status in PaymentStatus if status.cannot_be_captured]
            still_true = {
                "payment": check_status(_latest_payment(details), Guard.TURN_PAYMENT, *uncapturable)
            }
        return self._move(details.order, Status.CANCELLING, at, Guard.TURN_ORDER, still_true, reason)

    def request_cancellation(self, details: OrderDetails, at: str, audit: AuditRecord | None = None) -> bool:
        """PENDING or CONFIRMED → CANCELLING on the customer's request, unless the carrier was asked.

        `audit` is the record of the operator who cancels for the customer, written with the transition.
        """
        order, reason = details.order, Reason.CUSTOMER_REQUEST
        absent = guards.condition(Guard.CANCEL_SHIPMENT, ABSENT)
        not_asked = {"shipment": check(order_keys.shipment(order.order_id), absent)}
        by_operator = {"audit": recorded(audit)} if audit else {}
        return self._move(
            order, Status.CANCELLING, at, Guard.CANCEL_ORDER, {**not_asked, **by_operator}, reason
        )

    def close(self, details: OrderDetails, at: str) -> bool:
        """REJECTING → REJECTED or CANCELLING → CANCELLED, if everything is given back.

        Raises NotSettled if something must still be given back.
        """
        order, order_id = details.order, details.order.order_id
        to = Status.REJECTED if order.status is Status.REJECTING else Status.CANCELLED
        settled = {
            "reservation": check_status(
                order_keys.reservation(order_id),
                Guard.CLOSE_RESERVATION,
                ReservationStatus.RELEASED,
                or_absent=True,
            ),
            "shipment": check_status(
                order_keys.shipment(order_id), Guard.CLOSE_SHIPMENT, ShipmentStatus.CANCELLED, or_absent=True
            ),
            **{
                f"payment {each.attempt}": check_status(
                    order_keys.payment(order_id, each.attempt), Guard.CLOSE_PAYMENTS, *_SETTLED
                )
                for each in details.payments
            },
            # There must be no payment attempt that these details do not contain.
            f"payment {details.next_attempt}": check(
                order_keys.payment(order_id, details.next_attempt),
                guards.condition(Guard.CLOSE_NO_MORE, ABSENT),
            ),
        }
        if self._move(order, to, at, Guard.CLOSE_ORDER, settled):
            return True
        unsettled = [*_unsettled(details)]
        if unsettled:
            raise NotSettled(f"order {order_id} is {order.status}, but not: {', '.join(unsettled)}")
        return False

    def _move(
        self,
        order: Order,
        to: Status,
        at: str,
        guard: Guard,
        conditions: Mapping[str, WriteAction],
        reason: Reason | None = None,
    ) -> bool:
        try:
            self._table.transact({"order": transition_order(order, to, at, guard, reason), **conditions})
        except TransactionCancelled as cancelled:
            # If the order itself has changed, a retry cannot succeed, whatever else failed.
            may_be_retried = bool(cancelled.contention) and not cancelled.failed("order")
            if guards.applies(Guard.MOVE_CONTENTION, may_be_retried):
                raise
            return False
        return True


def _latest_payment(details: OrderDetails) -> keys.Key:
    if details.payment is None:
        raise LookupError(f"order {details.order.order_id} has no payment")
    return order_keys.payment(details.payment.order_id, details.payment.attempt)


def _unsettled(details: OrderDetails) -> list[str]:
    unsettled = [
        f"payment {each.attempt} is {each.status}" for each in details.payments if not each.status.is_settled
    ]
    if details.reservation and details.reservation.status is not ReservationStatus.RELEASED:
        unsettled.append(f"the reservation is {details.reservation.status}")
    if details.shipment and details.shipment.status is not ShipmentStatus.CANCELLED:
        unsettled.append(f"the shipment is {details.shipment.status}")
    return unsettled
