"""Keys, of the table and of its two indexes.

| item               | PK                | SK                  |
|--------------------|-------------------|---------------------|
| order              | `ORDER#<id>`      | `ORDER`             |
| reservation        | `ORDER#<id>`      | `RESERVATION`       |
| payment            | `ORDER#<id>`      | `PAYMENT#<attempt>` |
| shipment           | `ORDER#<id>`      | `SHIPMENT`          |
| address            | `ORDER#<id>`      | `ADDRESS`           |
| product            | `PRODUCT#<sku>`   | `PRODUCT`           |
| stock              | `PRODUCT#<sku>`   | `STOCK`             |
| receipt            | `PRODUCT#<sku>`   | `RECEIPT#<key>`     |
| profile            | `CUSTOMER#<id>`   | `PROFILE`           |
| block              | `CUSTOMER#<id>`   | `BLOCK`             |
| record of an event | `CONSUMER#<name>` | `<event id>`        |
| lease of an order  | `LEASE#<id>`      | `LEASE`             |
| circuit            | `HEALTH`          | `<its name>`        |
| the last end       | `HEALTH`          | `PROGRESS`          |

| index                    | item                         | PK                  | SK                       |
|--------------------------|------------------------------|---------------------|--------------------------|
| GSI1, what can be listed | order                        | `CUSTOMER#<id>`     | `ORDER#<createdAt>#<id>` |
|                          | product                      | `CATALOGUE`         | `<sku>`                  |
| GSI2, what is still due  | order, until it ends         | `OPEN#<shard>`      | `<updatedAt>`            |
|                          | order, once it is parked     | `PARKED#<shard>`    | `<parkedAt>`             |
|                          | payment, until it is settled | `UNSETTLED#<shard>` | `<updatedAt>`            |
"""

from zlib import crc32

from ordering.order import CustomerId, OrderId
from ordering.product import Sku

Key = dict[str, str]

LISTING = "GSI1"
DUE = "GSI2"

# Open orders are written to one of these partitions each, so that a busy day heats none of them.
SHARDS = 4

ORDER = "ORDER"
RESERVATION = "RESERVATION"
SHIPMENT = "SHIPMENT"
ADDRESS = "ADDRESS"
PAYMENT_PREFIX = "PAYMENT#"
PRODUCT = "PRODUCT"
STOCK = "STOCK"
CATALOGUE = "CATALOGUE"
PROFILE = "PROFILE"
BLOCK = "BLOCK"
HEALTH = "HEALTH"
PROGRESS = "PROGRESS"

_LEASE = "LEASE#"


def order_partition(order_id: str) -> str:
    """The partition of an order and of all that belongs to it."""
    return f"ORDER#{order_id}"


def order(order_id: str) -> Key:
    """The order itself."""
    return {"PK": order_partition(order_id), "SK": ORDER}


def reservation(order_id: str) -> Key:
    """The stock held for an order."""
    return {"PK": order_partition(order_id), "SK": RESERVATION}


def payment(order_id: str, attempt: int) -> Key:
    """One attempt to be paid; two digits, so that attempts sort."""
    return {"PK": order_partition(order_id), "SK": f"{PAYMENT_PREFIX}{attempt:02d}"}


def shipment(order_id: str) -> Key:
    """The shipment of an order."""
    return {"PK": order_partition(order_id), "SK": SHIPMENT}


def address(order_id: str) -> Key:
    """Where an order goes."""
    return {"PK": order_partition(order_id), "SK": ADDRESS}


def product(sku: Sku) -> Key:
    """A product of the catalogue."""
    return {"PK": f"PRODUCT#{sku}", "SK": PRODUCT}


def stock(sku: Sku) -> Key:
    """The stock of a product."""
    return {"PK": f"PRODUCT#{sku}", "SK": STOCK}


def receipt(sku: Sku, idempotency_key: str) -> Key:
    """The record of one receipt of stock."""
    return {"PK": f"PRODUCT#{sku}", "SK": f"RECEIPT#{idempotency_key}"}


def profile(customer_id: CustomerId) -> Key:
    """A customer's profile."""
    return {"PK": f"CUSTOMER#{customer_id}", "SK": PROFILE}


def block(customer_id: CustomerId) -> Key:
    """What is there while a customer is blocked: the Lambda authoriser refuses them."""
    return {"PK": f"CUSTOMER#{customer_id}", "SK": BLOCK}


def consumer_partition(consumer: str) -> str:
    """The partition of what a consumer has done about events."""
    return f"CONSUMER#{consumer}"


def consumed(consumer: str, event_id: str) -> Key:
    """What a consumer has done about an event."""
    return {"PK": consumer_partition(consumer), "SK": event_id}


def lease(order_id: str) -> Key:
    """Who drives an order at present."""
    return {"PK": f"{_LEASE}{order_id}", "SK": "LEASE"}


def order_of_lease(partition: str) -> str:
    """The order that the lease of a partition is of."""
    return partition.removeprefix(_LEASE)


def circuit(name: str) -> Key:
    """Whether a provider is away, or the platform."""
    return {"PK": HEALTH, "SK": name}


def progress() -> Key:
    """When an order could not be driven last, and when one came to its end."""
    return {"PK": HEALTH, "SK": PROGRESS}


def my_orders(customer_id: CustomerId, created_at: str, order_id: OrderId) -> Key:
    """The index entry that lists an order among its customer's, by time."""
    return {"GSI1PK": f"CUSTOMER#{customer_id}", "GSI1SK": f"ORDER#{created_at}#{order_id}"}


def in_catalogue(sku: Sku) -> Key:
    """The index entry that lists a product."""
    return {"GSI1PK": CATALOGUE, "GSI1SK": sku}


def open_order(order_id: str, updated_at: str) -> Key:
    """The index entry of an order that has not come to its end."""
    return {"GSI2PK": open_shard(_shard(order_id)), "GSI2SK": updated_at}


def parked_order(order_id: str, parked_at: str) -> Key:
    """The index entry of an order that nobody drives any more until a person has looked at it."""
    return {"GSI2PK": parked_shard(_shard(order_id)), "GSI2SK": parked_at}


def open_shard(shard: int) -> str:
    """One of the partitions of the index of open orders."""
    return f"OPEN#{shard}"


def parked_shard(shard: int) -> str:
    """One of the partitions of the index of parked orders."""
    return f"PARKED#{shard}"


def unsettled_shard(shard: int) -> str:
    """One of the partitions of the index of unsettled payments."""
    return f"UNSETTLED#{shard}"


def unsettled_payment(order_id: str, updated_at: str) -> Key:
    """The index entry of a payment of which something may still be owed."""
    return {"GSI2PK": unsettled_shard(_shard(order_id)), "GSI2SK": updated_at}


def _shard(order_id: str) -> int:
    return crc32(order_id.encode()) % SHARDS
