"""The ledgers of an order: stock, payments and the shipment.

Every reservation, payment and shipment is written in a transaction that checks the order's status: a step
that runs late finds another status, and writes nothing.
"""

from collections.abc import Sequence

from ordering import guards
from ordering.domain.order import Order, Status
from ordering.domain.payment import Payment, PaymentStatus
from ordering.domain.shipment import Shipment, ShipmentStatus
from ordering.domain.step_outcome import StepOutcome
from ordering.domain.stock import HOLD, RELEASE, Hold, Reservation, ReservationStatus
from ordering.dynamodb.client import ConditionFailed, Table, TransactionCancelled
from ordering.dynamodb.codec import Item
from ordering.dynamodb.transaction import ABSENT, check_status, put
from ordering.guards import Guard
from ordering.repositories.items import item_of, record_of
from ordering.repositories.keys import order_keys
from ordering.repositories.stock_shards import StockShards, first_choice
from ordering.repositories.updates import LedgerUpdate, ids_of, move_stock, update_ledger

# How often the units of an order are searched for among the shards of a product while other orders take them.
_SEARCHES = 6


class Ledger:
    """The ledgers of one table's orders."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._shards = StockShards(table)

    # -- stock -----------------------------------------------------------------------------------

    def reserve(self, order: Order, at: str) -> StepOutcome:
        """Reserve the units of all lines or of none. Returns RESERVED, OUT_OF_STOCK or STALE."""
        holds = first_choice(order)
        for _ in range(_SEARCHES):
            outcome = self._reserve(order, holds, at)
            if isinstance(outcome, StepOutcome):
                return outcome
            found = self._shards.find(order, holds, outcome.failures, at)
            if found is None or not guards.applies(Guard.RESERVE_SEARCH):
                return StepOutcome.OUT_OF_STOCK
            holds, last = found, outcome
        raise last

    def _reserve(self, order: Order, holds: Sequence[Hold], at: str) -> StepOutcome | TransactionCancelled:
        """Hold units where `holds` says. Returns what was refused if a shard has too few units."""
        key = order_keys.reservation(order.order_id)
        reservation = Reservation(
            order_id=order.order_id,
            status=ReservationStatus.HELD,
            lines=guards.value(Guard.RESERVE_WHERE, holds),
            created_at=at,
            updated_at=at,
            version=1,
        )
        try:
            self._table.transact(
                {
                    "order": check_status(
                        order_keys.order(order.order_id), Guard.RESERVE_ORDER, Status.PENDING
                    ),
                    "reservation": put(
                        item_of(reservation, key) | ids_of(order),
                        condition=guards.condition(Guard.RESERVE_ABSENT, ABSENT),
                    ),
                    **move_stock(holds, HOLD, at, Guard.RESERVE_ENOUGH),
                }
            )
        except TransactionCancelled as cancelled:
            if cancelled.failed("order"):
                return StepOutcome.STALE
            if guards.applies(Guard.RESERVE_FOUND, cancelled.failed("reservation")):
                return StepOutcome.RESERVED
            if guards.applies(Guard.RESERVE_CONTENTION, bool(cancelled.contention)):
                raise
            # The SDK's own retry of a transaction that succeeded may find no units left, because the order
            # holds them itself. Such an order must not be rejected.
            if guards.applies(Guard.RESERVE_LOOK) and self._table.get(key):
                return StepOutcome.RESERVED
            return cancelled
        return StepOutcome.RESERVED

    def release(self, reservation: Reservation, at: str) -> None:
        """Release the held units once: a reservation that is not HELD is not changed."""
        released = update_ledger(
            order_keys.reservation(reservation.order_id),
            {ReservationStatus.HELD},
            ReservationStatus.RELEASED,
            at,
            Guard.RELEASE_HELD,
        )
        units = move_stock(reservation.lines, RELEASE, at, Guard.RELEASE_ENOUGH)
        try:
            self._table.transact({"reservation": released.action, **units})
        except TransactionCancelled as cancelled:
            if not cancelled.failed("reservation"):
                raise

    # -- payments --------------------------------------------------------------------------------

    def open_payment(self, order: Order, attempt: int, payment_id: str, at: str) -> Payment | None:
        """Record a payment that the provider has prepared, if the order's status is unchanged.

        Returns the attempt's entry: this one, or the one that another execution wrote first. Returns None if
        the status of the order has changed.
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
        own_key = order_keys.payment(order.order_id, attempt)
        entry = item_of(payment, own_key, order_keys.unsettled_payment(order.order_id, at)) | ids_of(order)
        opened = self._open(order, entry, Guard.OPEN_ORDER, Guard.OPEN_ABSENT)
        return record_of(opened, Payment) if opened else None

    def record_payment(self, payment: Payment, status: PaymentStatus, reason: str | None, at: str) -> Payment:
        """Record the status that the provider has reported; returns the current entry.

        An entry that already has a later status is not changed.
        """
        update = update_ledger(
            order_keys.payment(payment.order_id, payment.attempt),
            status.predecessors,
            status,
            at,
            Guard.PAYMENT_PREDECESSORS,
            settled=guards.applies(Guard.SETTLED_NOT_DUE, status.is_settled),
            reason=reason,
        )
        return record_of(self._apply(update), Payment)

    def dismiss_payment(self, payment: Payment) -> None:
        """Remove the captured payment of a fulfilled order from the index of due items."""
        self._table.update(
            order_keys.payment(payment.order_id, payment.attempt),
            "REMOVE GSI2PK, GSI2SK",
            names={"#status": "status"},
            values={":captured": PaymentStatus.CAPTURED},
            condition="#status = :captured",
        )

    # -- the shipment ----------------------------------------------------------------------------

    def intend_shipment(self, order: Order, at: str) -> Shipment | None:
        """Record that the carrier is about to be asked, if the order's status is unchanged.

        From then on the customer can no longer cancel. Returns the entry, or None, like `open_payment`.
        """
        shipment = Shipment(
            order_id=order.order_id,
            status=ShipmentStatus.INTENDED,
            created_at=at,
            updated_at=at,
            version=1,
        )
        entry = item_of(shipment, order_keys.shipment(order.order_id)) | ids_of(order)
        opened = self._open(order, entry, Guard.INTEND_ORDER, Guard.INTEND_ABSENT)
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
        """Record the status that the carrier has reported; returns the current entry."""
        update = update_ledger(
            order_keys.shipment(shipment.order_id),
            status.predecessors,
            status,
            at,
            Guard.SHIPMENT_PREDECESSORS,
            trackingNumber=tracking_number,
            reason=reason,
        )
        return record_of(self._apply(update), Shipment)

    def _open(self, order: Order, entry: Item, unchanged: Guard, absent: Guard) -> Item | None:
        """Write a new entry, unless one is stored.

        Returns the stored entry; None if the order's status has changed.
        """
        try:
            self._table.transact(
                {
                    "order": check_status(order_keys.order(order.order_id), unchanged, order.status),
                    "entry": put(entry, condition=guards.condition(absent, ABSENT)),
                }
            )
        except TransactionCancelled as cancelled:
            if cancelled.failed("order"):
                return None
            earlier = cancelled.failures.get("entry")
            if earlier is None:
                raise
            if guards.applies(Guard.OPEN_RECORDED):
                return earlier
        return entry

    def _apply(self, update: LedgerUpdate) -> Item:
        try:
            return self._table.update(
                update.key,
                update.expression,
                condition=update.condition,
                names=update.names,
                values=update.values,
            )
        except ConditionFailed as failure:
            if failure.item is None:
                raise
            return failure.item
