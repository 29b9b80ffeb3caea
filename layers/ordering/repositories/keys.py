"""Keys, of the table and of its two indexes.

| item               | PK                       | SK                  |
|--------------------|--------------------------|---------------------|
| order              | `ORDER#<id>`             | `ORDER`             |
| reservation        | `ORDER#<id>`             | `RESERVATION`       |
| payment            | `ORDER#<id>`             | `PAYMENT#<attempt>` |
| shipment           | `ORDER#<id>`             | `SHIPMENT`          |
| address            | `ORDER#<id>`             | `ADDRESS`           |
| audit record       | `ORDER#<id>`             | `AUDIT#<at>#<n>`    |
| product            | `PRODUCT#<sku>`          | `PRODUCT`           |
| stock              | `PRODUCT#<sku>`          | `STOCK`             |
| stock entry        | `PRODUCT#<sku>`          | `RECEIPT#<key>`     |
| profile            | `CUSTOMER#<id>`          | `PROFILE`           |
| block              | `CUSTOMER#<id>`          | `BLOCK`             |
| removal            | `CUSTOMER#<id>`          | `REMOVAL`           |
| record of an event | `CONSUMER#<name>#<item>` | `<event id>`        |
| lease of an order  | `LEASE#<id>`             | `LEASE`             |
| circuit            | `HEALTH`                 | `<its name>`        |
| the last end       | `HEALTH`                 | `PROGRESS`          |

| index                    | item                         | PK                  | SK                       |
|--------------------------|------------------------------|---------------------|--------------------------|
| GSI1, what can be listed | order                        | `CUSTOMER#<id>`     | `ORDER#<createdAt>#<id>` |
|                          | product                      | `CATALOGUE`         | `<sku>`                  |
|                          | stock entry                  | `STOCK#<sku>`       | `<createdAt>#<key>`      |
| GSI2, what is still due  | order, until it ends         | `OPEN#<shard>`      | `<updatedAt>`            |
|                          | order, once it is parked     | `PARKED#<shard>`    | `<parkedAt>`             |
|                          | payment, until it is settled | `UNSETTLED#<shard>` | `<updatedAt>`            |
|                          | removal, until it is done    | `REMOVAL#<shard>`   | `<due at>`               |
"""

from collections.abc import Mapping
from zlib import crc32

from ordering.domain.order import CustomerId, OrderId
from ordering.domain.product import Sku

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
AUDIT_PREFIX = "AUDIT#"
PRODUCT = "PRODUCT"
STOCK = "STOCK"
STOCK_ENTRY_PREFIX = "RECEIPT#"
CATALOGUE = "CATALOGUE"
PROFILE = "PROFILE"
BLOCK = "BLOCK"
REMOVAL = "REMOVAL"
HEALTH = "HEALTH"
PROGRESS = "PROGRESS"

_LEASE = "LEASE#"


def order_partition(order_id: str) -> str:
    """The partition of an order and of all that belongs to it."""
    return f"ORDER#{order_id}"


def order(order_id: str) -> Key:
    """The order itself."""
    return {"PK": order_partition(order_id), "SK": ORDER}


def order_of(item: Mapping[str, object]) -> OrderId:
    """Whose an item of an order is, by its key: that can be read whatever the item holds."""
    return OrderId(str(item["PK"]).partition("#")[2])


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


def audit_record(order_id: str, at: str, nonce: str) -> Key:
    """What an operator did to an order at that time."""
    return {"PK": order_partition(order_id), "SK": f"{AUDIT_PREFIX}{at}#{nonce}"}


def product(sku: Sku) -> Key:
    """A product of the catalogue."""
    return {"PK": f"PRODUCT#{sku}", "SK": PRODUCT}


def stock(sku: Sku) -> Key:
    """The stock of a product."""
    return {"PK": f"PRODUCT#{sku}", "SK": STOCK}


def stock_entry(sku: Sku, idempotency_key: str) -> Key:
    """One entry of a product's stock ledger; it keeps the name that entries had when all were receipts."""
    return {"PK": f"PRODUCT#{sku}", "SK": f"{STOCK_ENTRY_PREFIX}{idempotency_key}"}


def profile(customer_id: CustomerId) -> Key:
    """A customer's profile."""
    return {"PK": f"CUSTOMER#{customer_id}", "SK": PROFILE}


def block(customer_id: CustomerId) -> Key:
    """What is there while a customer is blocked: the Lambda authoriser refuses them."""
    return {"PK": f"CUSTOMER#{customer_id}", "SK": BLOCK}


def removal(customer_id: CustomerId) -> Key:
    """How far the removal of a customer has come, while it is under way."""
    return {"PK": f"CUSTOMER#{customer_id}", "SK": REMOVAL}


def consumer_partition(consumer: str, item: str) -> str:
    """The partition of what a consumer has done about the events of one item, `<PK>/<SK>`.

    One for each item: a partition takes 1,000 writes a second ("Best practices for designing and using
    partition keys", Amazon DynamoDB), which is 250 orders if all records of a consumer share it.
    """
    return f"CONSUMER#{consumer}#{item}"


def earlier_consumer_partition(consumer: str) -> str:
    """The one partition in which earlier releases keep what a consumer has done. Read, never written."""
    return f"CONSUMER#{consumer}"


def consumed(consumer: str, item: str, event_id: str) -> Key:
    """What a consumer has done about an event of that item."""
    return {"PK": consumer_partition(consumer, item), "SK": event_id}


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


def stock_ledger(sku: Sku) -> str:
    """The partition of the index that lists a product's stock entries."""
    return f"STOCK#{sku}"


def in_stock_ledger(sku: Sku, created_at: str, idempotency_key: str) -> Key:
    """The index entry that lists a stock entry among its product's, by time."""
    return {"GSI1PK": stock_ledger(sku), "GSI1SK": f"{created_at}#{idempotency_key}"}


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


def removal_shard(shard: int) -> str:
    """One of the partitions of the index of removals."""
    return f"REMOVAL#{shard}"


def removal_due(customer_id: CustomerId, due: str) -> Key:
    """The index entry of a removal with which somebody is to go on."""
    return {"GSI2PK": removal_shard(_shard(customer_id)), "GSI2SK": due}


def _shard(id: str) -> int:
    return crc32(id.encode()) % SHARDS
