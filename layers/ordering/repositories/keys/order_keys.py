"""Keys of an order, of the items that belong to it, and of their entries in the indexes."""

from collections.abc import Mapping

from ordering.domain.order import CustomerId, OrderId
from ordering.repositories.keys import LAST, SEPARATOR, Key, customer_keys, id_of, shard_of

ORDER = "ORDER"
RESERVATION = "RESERVATION"
SHIPMENT = "SHIPMENT"
REFUND = "REFUND"
ADDRESS = "ADDRESS"
PAYMENT_PREFIX = "PAYMENT#"
ORDER_PREFIX = "ORDER#"

OPEN_PREFIX = "OPEN#"
PARKED_PREFIX = "PARKED#"
# Refunds are rare: one partition of the index, which takes 1,000 writes a second, is enough. An earlier
# release does not read it, so it neither makes a refund nor removes one from the index.
DUE_REFUNDS = "REFUND"


def order_partition(order_id: str) -> str:
    """The partition of an order and of all items that belong to it."""
    return f"{ORDER_PREFIX}{order_id}"


def order(order_id: str) -> Key:
    """An order."""
    return {"PK": order_partition(order_id), "SK": ORDER}


def order_of(item: Mapping[str, object]) -> OrderId:
    """Return the order that an item belongs to, by its key, which is readable even if the item is not."""
    return OrderId(id_of(item))


def order_of_partition(partition: str) -> OrderId | None:
    """Return the order of a partition; None if the partition is not of an order."""
    if not partition.startswith(ORDER_PREFIX):
        return None
    return OrderId(partition.removeprefix(ORDER_PREFIX))


def reservation(order_id: str) -> Key:
    """The reservation of an order: the stock that is held for it."""
    return {"PK": order_partition(order_id), "SK": RESERVATION}


def payment(order_id: str, attempt: int) -> Key:
    """One payment attempt of an order. The number has two digits, so that attempts sort."""
    return {"PK": order_partition(order_id), "SK": f"{PAYMENT_PREFIX}{attempt:02d}"}


def shipment(order_id: str) -> Key:
    """The shipment of an order."""
    return {"PK": order_partition(order_id), "SK": SHIPMENT}


def refund(order_id: str) -> Key:
    """The refund of a fulfilled order."""
    return {"PK": order_partition(order_id), "SK": REFUND}


def address(order_id: str) -> Key:
    """The address that an order is shipped to."""
    return {"PK": order_partition(order_id), "SK": ADDRESS}


def my_orders(customer_id: CustomerId, created_at: str, order_id: OrderId) -> Key:
    """The index entry that lists an order among its customer's orders, by time."""
    return {
        "GSI1PK": customer_keys.customer_partition(customer_id),
        "GSI1SK": f"{ORDER_PREFIX}{created_at}{SEPARATOR}{order_id}",
    }


def listed_order(entry: Mapping[str, object]) -> tuple[str, OrderId]:
    """Return the time and the id of an order from its index entry, which `my_orders` made."""
    _, created_at, order_id = str(entry["GSI1SK"]).split(SEPARATOR)
    return created_at, OrderId(order_id)


def after_orders_of(created_at: str | None) -> str:
    """The lower end of a range of a customer's orders: after all of that time; None: from the first order."""
    return f"{ORDER_PREFIX}{created_at}{SEPARATOR}{LAST}" if created_at else ORDER_PREFIX


def before_orders_of(created_at: str | None) -> str:
    """The upper end of a range of a customer's orders: before all of that time; None: to the last order."""
    return f"{ORDER_PREFIX}{created_at or LAST}"


def open_order(order_id: str, updated_at: str) -> Key:
    """The index entry of an order that has not ended."""
    return {"GSI2PK": open_shard(shard_of(order_id)), "GSI2SK": updated_at}


def parked_order(order_id: str, parked_at: str) -> Key:
    """The index entry of a parked order: it is not driven until an operator unparks it."""
    return {"GSI2PK": parked_shard(shard_of(order_id)), "GSI2SK": parked_at}


def open_shard(shard: int) -> str:
    """One of the partitions of the index of open orders."""
    return f"{OPEN_PREFIX}{shard}"


def parked_shard(shard: int) -> str:
    """One of the partitions of the index of parked orders."""
    return f"{PARKED_PREFIX}{shard}"


def unsettled_shard(shard: int) -> str:
    """One of the partitions of the index of unsettled payments."""
    return f"UNSETTLED#{shard}"


def unsettled_payment(order_id: str, updated_at: str) -> Key:
    """The index entry of a payment that is not settled: money may still be owed."""
    return {"GSI2PK": unsettled_shard(shard_of(order_id)), "GSI2SK": updated_at}


def due_refund(due: str) -> Key:
    """The index entry of a refund that is to be made at the time `due`, or later."""
    return {"GSI2PK": DUE_REFUNDS, "GSI2SK": due}
