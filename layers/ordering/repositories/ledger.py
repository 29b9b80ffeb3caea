"""What an order takes, and gives back: stock, payments, the shipment.

Everything that is taken is taken in a transaction that checks the order's status: a step that comes
late finds the order moved, and takes nothing.
"""

from ordering.domain.order import Order, Status
from ordering.domain.payment import Payment, PaymentStatus
from ordering.domain.shipment import Shipment, ShipmentStatus
from ordering.domain.step_outcome import StepOutcome
from ordering.domain.stock import HOLD, RELEASE, Hold, Reservation, ReservationStatus
from ordering.dynamodb.client import ConditionFailed, Table, TransactionCancelled
from ordering.dynamodb.codec import Item
from ordering.dynamodb.transaction import ABSENT, check_status, put
from ordering.repositories import keys
from ordering.repositories.items import item_of, record_of
from ordering.repositories.updates import LedgerUpdate, move_stock, update_ledger


class Ledger:
    """The ledgers of one table's orders."""

    def __init__(self, table: Table) -> None:
        self._table = table

    # -- stock -----------------------------------------------------------------------------------

    def reserve(self, order: Order, at: str) -> StepOutcome:
        """Hold the units of every line, or of none: RESERVED, OUT_OF_STOCK or STALE."""
        lines = [Hold(sku=line.sku, quantity=line.quantity) for line in order.lines]
        key = keys.reservation(order.order_id)
        reservation = Reservation(
            order_id=order.order_id,
            status=ReservationStatus.HELD,
            lines=lines,
            created_at=at,
            updated_at=at,
            version=1,
        )
        try:
            self._table.transact(
                {
                    "order": check_status(keys.order(order.order_id), Status.PENDING),
                    "reservation": put(item_of(reservation, key), condition=ABSENT),
                    **move_stock(lines, HOLD, at),
                }
            )
        except TransactionCancelled as cancelled:
            if cancelled.failed("order"):
                return StepOutcome.STALE
            if cancelled.failed("reservation"):
                return StepOutcome.RESERVED
            if cancelled.contention:
                raise
            # The SDK's own retry of a transaction that succeeded may find the shelf that it emptied
            # itself. An order must not be rejected for want of the units it holds.
            return StepOutcome.RESERVED if self._table.get(key) else StepOutcome.OUT_OF_STOCK
        return StepOutcome.RESERVED

    def release(self, reservation: Reservation, at: str) -> None:
        """Give back what is held, once: a reservation that is not HELD is left alone."""
        released = update_ledger(
            keys.reservation(reservation.order_id),
            {ReservationStatus.HELD},
            ReservationStatus.RELEASED,
            at,
        )
        try:
            self._table.transact(
                {"reservation": released.action, **move_stock(reservation.lines, RELEASE, at)}
            )
        except TransactionCancelled as cancelled:
            if not cancelled.failed("reservation"):
                raise

    # -- payments --------------------------------------------------------------------------------

    def open_payment(self, order: Order, attempt: int, payment_id: str, at: str) -> Payment | None:
        """Note a payment that the provider prepared, while the order is as it was read.

        Answers the attempt's page, this one or the one that a rival wrote first; None: the order moved.
        """
        payment = Payment(
            order_id=order.order_id,
            attempt=attempt,
            payment_id=payment_id,
            status=PaymentStatus.PREPARED,
            amount=order.total,
            currency=order.currency,
            created_at=at,
            updated_at=at,
            version=1,
        )
        own_key = keys.payment(order.order_id, attempt)
        page = item_of(payment, own_key, keys.unsettled_payment(order.order_id, at))
        opened = self._open(order, page)
        return record_of(opened, Payment) if opened else None

    def record_payment(self, payment: Payment, status: PaymentStatus, reason: str | None, at: str) -> Payment:
        """Note what the provider said of a payment; answers the ledger as it stands then.

        Where the ledger has moved on meanwhile, it is left as it is.
        """
        turn = update_ledger(
            keys.payment(payment.order_id, payment.attempt),
            status.predecessors,
            status,
            at,
            settled=status.is_settled,
            reason=reason,
        )
        return record_of(self._turn(turn), Payment)

    def dismiss_payment(self, payment: Payment) -> None:
        """Take the captured payment of a fulfilled order out of the index of what is due."""
        self._table.update(
            keys.payment(payment.order_id, payment.attempt),
            "REMOVE GSI2PK, GSI2SK",
            names={"#status": "status"},
            values={":captured": PaymentStatus.CAPTURED},
            condition="#status = :captured",
        )

    # -- the shipment ----------------------------------------------------------------------------

    def intend_shipment(self, order: Order, at: str) -> Shipment | None:
        """Note that the carrier is about to be asked, while the order is as it was read.

        From here on the customer can no longer cancel. Answers as `open_payment` does.
        """
        shipment = Shipment(
            order_id=order.order_id,
            status=ShipmentStatus.INTENDED,
            created_at=at,
            updated_at=at,
            version=1,
        )
        opened = self._open(order, item_of(shipment, keys.shipment(order.order_id)))
        return record_of(opened, Shipment) if opened else None

    def record_shipment(
        self,
        shipment: Shipment,
        status: ShipmentStatus,
        at: str,
        *,
        tracking_number: str | None = None,
        reason: str | None = None,
    ) -> Shipment:
        """Note what the carrier said; answers the ledger as it stands then."""
        turn = update_ledger(
            keys.shipment(shipment.order_id),
            status.predecessors,
            status,
            at,
            trackingNumber=tracking_number,
            reason=reason,
        )
        return record_of(self._turn(turn), Shipment)

    def _open(self, order: Order, page: Item) -> Item | None:
        """Write a first page while the order stands; answers what is there then; None: it moved."""
        try:
            self._table.transact(
                {
                    "order": check_status(keys.order(order.order_id), order.status),
                    "page": put(page, condition=ABSENT),
                }
            )
        except TransactionCancelled as cancelled:
            if cancelled.failed("order"):
                return None
            earlier = cancelled.failures.get("page")
            if earlier is None:
                raise
            return earlier
        return page

    def _turn(self, turn: LedgerUpdate) -> Item:
        try:
            return self._table.update(
                turn.key,
                turn.expression,
                condition=turn.condition,
                names=turn.names,
                values=turn.values,
            )
        except ConditionFailed as failure:
            if failure.item is None:
                raise
            return failure.item
