"""Orders in the table: placed once, and loaded with all their items."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ordering import guards
from ordering.domain.base import Record
from ordering.domain.order import CustomerId, Order, OrderFault, OrderId, Status, awaited
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import Payment
from ordering.domain.product import Product, Sku
from ordering.domain.refund import Refund
from ordering.domain.shipment import Address, Shipment
from ordering.domain.stock import Reservation
from ordering.domain.trace import Trace, read_trace
from ordering.dynamodb import transaction
from ordering.dynamodb.client import Table, TransactionCancelled
from ordering.dynamodb.codec import Item
from ordering.guards import Guard
from ordering.repositories.items import SCHEMA_VERSION, item_of, record_of
from ordering.repositories.keys import order_keys, product_keys

_PLACING_TRIES = 5


class _AddressItem(Record, frozen=True):
    address: Address


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """The notes about driving an order that its item contains."""

    has_ended: bool
    updated_at: str
    reconcile_attempts: int
    fault: OrderFault | None

    @property
    def waits_for(self) -> str | None:
        """The provider that the order waits for, as in `Order.waits_for`."""
        return None if self.has_ended else awaited(self.fault, self.updated_at)


class Orders:
    """The orders of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get_for_placement(
        self, order_id: OrderId, skus: Sequence[Sku]
    ) -> tuple[Order | None, Mapping[Sku, Product]]:
        """Return the order of this id if it exists, or else the products of `skus` that exist, in one call.

        Both are read at once, so that the replay of a request does not depend on the current catalogue.
        """
        wanted = [order_keys.order(order_id), *(product_keys.product(sku) for sku in skus)]
        found = self._table.get_many(wanted)
        for item in found:
            if item["SK"] == order_keys.ORDER:
                return record_of(item, Order), {}
        products = [record_of(item, Product) for item in found if item["SK"] == product_keys.PRODUCT]
        return None, {product.sku: product for product in products}

    def place(self, order: Order, address: Address) -> Order:
        """Write a new order and its address, both or neither, unless there is an order of this id.

        Returns the stored order: this one, or an earlier one (with another `nonce`). The nonce distinguishes
        a replay of the request from the SDK's own retry of a write that succeeded. Raises
        TransactionCancelled if other transactions for the same id keep conflicting.
        """
        own_key = order_keys.order(order.order_id)
        actions = {
            "order": transaction.put(
                item_of(
                    order,
                    own_key,
                    order_keys.my_orders(order.customer_id, order.created_at, order.order_id),
                    order_keys.open_order(order.order_id, order.updated_at),
                ),
                condition=guards.condition(Guard.PLACE_ABSENT, transaction.ABSENT),
            ),
            # A separate item, so that it can be deleted on its own, and no event contains it.
            "address": transaction.put(
                {
                    **order_keys.address(order.order_id),
                    "schemaVersion": SCHEMA_VERSION,
                    "version": 1,
                    "address": msgspec.to_builtins(address),
                },
                condition=guards.condition(Guard.PLACE_ADDRESS_ABSENT, transaction.ABSENT),
            ),
        }
        for tries_left in reversed(range(_PLACING_TRIES)):
            try:
                self._table.transact(actions)
            except TransactionCancelled as cancelled:
                earlier = cancelled.failures.get("order") or self._table.get(own_key)
                if earlier:
                    return record_of(earlier, Order)
                # A conflict was retried already.
                if not tries_left or cancelled.is_conflict:
                    raise
            else:
                break
        return order

    def find(self, order_id: OrderId) -> Order | None:
        """Return the order without its other items; None if it does not exist."""
        item = self._table.get(order_keys.order(order_id))
        return record_of(item, Order) if item else None

    def trace(self, order_id: OrderId) -> Trace | None:
        """Return the order's ids, even if its other fields cannot be read; None if it has none."""
        item = self._table.get(order_keys.order(order_id))
        return read_trace(item.get("trace")) if item else None

    def notes(self, order_id: OrderId) -> Notes | None:
        """Return the notes about driving an order; None if it does not exist.

        They are returned even if other fields of the order are unreadable.
        """
        item = self._table.get(order_keys.order(order_id))
        if item is None:
            return None
        return Notes(
            has_ended=_fact(item, "status", Status, Status.PENDING).is_terminal,
            updated_at=_fact(item, "updatedAt", str, ""),
            reconcile_attempts=_fact(item, "attempts", int, 0),
            fault=_fact(item, "fault", OrderFault | None, None),
        )

    def load(self, order_id: OrderId, *, of: CustomerId | None = None) -> OrderDetails | None:
        """Return an order with all its items; None if it does not exist, or is not `of` this customer.

        Raises UnreadableRecord, but not for another customer's order: its existence must stay private.
        """
        found: dict[str, Any] = {}
        payments = []
        items = list(
            self._table.query("PK = :partition", {":partition": order_keys.order_partition(order_id)})
        )
        if of is not None and not any(_is_of(item, of) for item in items):
            return None
        for item in items:
            match item["SK"]:
                case order_keys.ORDER:
                    found["order"] = record_of(item, Order)
                case order_keys.RESERVATION:
                    found["reservation"] = record_of(item, Reservation)
                case order_keys.SHIPMENT:
                    found["shipment"] = record_of(item, Shipment)
                case order_keys.REFUND:
                    found["refund"] = record_of(item, Refund)
                case order_keys.ADDRESS:
                    found["address"] = record_of(item, _AddressItem).address
                case sort_key if str(sort_key).startswith(order_keys.PAYMENT_PREFIX):
                    payments.append(record_of(item, Payment))
                # A later release may write other items: they are ignored.
        if "order" not in found:
            return None
        return OrderDetails(payments=tuple(payments), **found)


def _fact(item: Item, name: str, kind: Any, otherwise: Any) -> Any:
    """Return an attribute of an item; `otherwise` if it is missing or has another type."""
    try:
        return msgspec.convert(item[name], kind)
    except (KeyError, msgspec.ValidationError):
        return otherwise


def _is_of(item: Item, customer_id: CustomerId) -> bool:
    """Whether an item is an order of this customer. This works even if the order is unreadable."""
    return item["SK"] == order_keys.ORDER and item.get("customerId") == customer_id
