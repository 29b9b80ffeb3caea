"""Keys of the table and of its three indexes. No other module knows how they are spelt.

| item               | PK                       | SK                  |
|--------------------|--------------------------|---------------------|
| order              | `ORDER#<id>`             | `ORDER`             |
| reservation        | `ORDER#<id>`             | `RESERVATION`       |
| payment            | `ORDER#<id>`             | `PAYMENT#<attempt>` |
| shipment           | `ORDER#<id>`             | `SHIPMENT`          |
| refund             | `ORDER#<id>`             | `REFUND`            |
| address            | `ORDER#<id>`             | `ADDRESS`           |
| audit record       | `ORDER#<id>`             | `AUDIT#<at>#<n>`    |
| product            | `PRODUCT#<sku>`          | `PRODUCT`           |
| stock              | `PRODUCT#<sku>`          | `STOCK`             |
| a further shard of it | `PRODUCT#<sku>`       | `STOCK#<n>`         |
| stock entry        | `PRODUCT#<sku>`          | `RECEIPT#<key>`     |
| images             | `PRODUCT#<sku>`          | `IMAGES`            |
| profile            | `CUSTOMER#<id>`          | `PROFILE`           |
| block              | `CUSTOMER#<id>`          | `BLOCK`             |
| removal            | `CUSTOMER#<id>`          | `REMOVAL`           |
| export             | `CUSTOMER#<id>`          | `EXPORT`            |
| record of an event | `CONSUMER#<name>#<item>` | `<change>`          |
| lease of an order  | `LEASE#<id>`             | `LEASE`             |
| circuit            | `HEALTH`                 | `<its name>`        |
| last failure, end  | `HEALTH`                 | `PROGRESS`          |
| webhook endpoint   | `WEBHOOKS#<customer>`    | `ENDPOINT#<id>`     |
| their number       | `WEBHOOKS#<customer>`    | `COUNT`             |
| webhook delivery   | `DELIVERY#<id>#<order>`  | `<family>#<n>#<id>` |
| slot of an endpoint| `SLOT#<id>#<n>`          | `SLOT`              |
| connection         | `CONNECTIONS#<customer>` | `<its id>`          |
| the same, of an operator | `CONNECTIONS#ALL`  | `<its id>`          |
| last announcement of an order | `ANNOUNCED#<id>` | `ANNOUNCED`      |
| sweep of images    | `MEDIA`                  | `SWEEP`             |
| total of a product | `SALES#<g>#<month>#<n>`  | `PRODUCT#<sku>#<currency>#<day>` |
| total of a category| `SALES#<g>#<month>#<n>`  | `CATEGORY#<day>#<currency>#<category>` |
| state of the totals| `SALES#STATE`            | `STATE`             |
| report of a day    | `REPORT#<day>`           | `REPORT`            |
| mail about a report| `REPORT#<day>`           | `MAIL#<revision>#<receiver>` |
| redrive of a queue | `REDRIVE#<queue>`        | `<at>#<n>`          |

| index                    | item                         | PK                  | SK                       |
|--------------------------|------------------------------|---------------------|--------------------------|
| GSI1, the listings       | order                        | `CUSTOMER#<id>`     | `ORDER#<createdAt>#<id>` |
|                          | product                      | `CATALOGUE`         | `<sku>`                  |
|                          | product, if it is inactive   | `CATALOGUE#INACTIVE`| `<sku>`                  |
|                          | stock entry                  | `STOCK#<sku>`       | `<createdAt>#<key>`      |
|                          | webhook delivery             | `WEBHOOK#<id>#<n>`  | `<createdAt>#<event id>` |
| GSI2, the due items      | order, until it ends         | `OPEN#<shard>`      | `<updatedAt>`            |
|                          | order, once it is parked     | `PARKED#<shard>`    | `<parkedAt>`             |
|                          | payment, until it is settled | `UNSETTLED#<shard>` | `<updatedAt>`            |
|                          | refund, until it is made     | `REFUND`            | `<due at>`               |
|                          | removal or export, until it is done | `REMOVAL#<shard>` | `<due at>`          |
| GSI3, the categories     | product with a category      | `CATEGORY#<name>`   | `<sku>`                  |
|                          | the same, if it is inactive  | `CATEGORY#<name>#INACTIVE` | `<sku>`           |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from zlib import crc32

from ordering.domain.events.types import ItemKind
from ordering.domain.order import CustomerId, OrderId
from ordering.domain.product import Sku

if TYPE_CHECKING:
    from ordering.domain.events.envelope import Event
    from ordering.domain.webhooks.endpoint import WebhookId

Key = dict[str, str]

LISTING = "GSI1"
DUE = "GSI2"
CATEGORIES = "GSI3"

TIME_TO_LIVE = "expiresAt"
"""The attribute by which DynamoDB deletes an item."""

# Due items are spread over this many partitions of the index, so that no partition becomes hot: one takes
# 1,000 write units a second ("Best practices for designing and using partition keys", Amazon DynamoDB). An
# item gets its partition each time that it is written.
SHARDS = 4
# How many partitions are read: at least all that this release or the previous one writes. So SHARDS is
# changed in two releases, and no item is migrated. To raise it, the first raises READ_SHARDS and the second
# SHARDS. To lower it, the first lowers SHARDS, and the second READ_SHARDS, once the others are empty.
READ_SHARDS = 4

ORDER = "ORDER"
RESERVATION = "RESERVATION"
SHIPMENT = "SHIPMENT"
REFUND = "REFUND"
ADDRESS = "ADDRESS"
PAYMENT_PREFIX = "PAYMENT#"
AUDIT_PREFIX = "AUDIT#"
PRODUCT = "PRODUCT"
STOCK = "STOCK"
_STOCK_SHARD_PREFIX = "STOCK#"
IMAGES = "IMAGES"
STOCK_ENTRY_PREFIX = "RECEIPT#"
CATALOGUE = "CATALOGUE"
PROFILE = "PROFILE"
BLOCK = "BLOCK"
REMOVAL = "REMOVAL"
EXPORT = "EXPORT"
HEALTH = "HEALTH"
PROGRESS = "PROGRESS"
MEDIA = "MEDIA"

OPEN_PREFIX = "OPEN#"
PARKED_PREFIX = "PARKED#"
# Refunds are rare: one partition of the index, which takes 1,000 writes a second, is enough. An earlier
# release does not read it, so it neither makes a refund nor removes one from the index.
DUE_REFUNDS = "REFUND"

PRODUCT_TOTAL_PREFIX = "PRODUCT#"
CATEGORY_TOTAL_PREFIX = "CATEGORY#"

_ORDER_PREFIX = "ORDER#"
_PRODUCT_PREFIX = "PRODUCT#"
_CUSTOMER_PREFIX = "CUSTOMER#"
_LEASE_PREFIX = "LEASE#"
_WEBHOOKS_PREFIX = "WEBHOOKS#"
ENDPOINT_PREFIX = "ENDPOINT#"
_REPORT_PREFIX = "REPORT#"
_REPORT_MAIL_PREFIX = "MAIL#"
_INACTIVE = "#INACTIVE"

_SEPARATOR = "#"
# Sorts after every id and after every time.
_LAST = "~"

_ORDER_ITEM_KINDS: Mapping[str, ItemKind] = {
    ORDER: ItemKind.ORDER,
    RESERVATION: ItemKind.RESERVATION,
    SHIPMENT: ItemKind.SHIPMENT,
    REFUND: ItemKind.REFUND,
}
_PRODUCT_ITEM_KINDS: Mapping[str, ItemKind] = {PRODUCT: ItemKind.PRODUCT, STOCK: ItemKind.STOCK}

PUBLISHED_SORT_KEYS: Sequence[str] = (*_ORDER_ITEM_KINDS, PRODUCT)
"""The sort keys of items whose changes are published; those of payments begin with PAYMENT_PREFIX.

Changes of stock are published only if the product has a threshold.
"""


def text(key: Mapping[str, object]) -> str:
    """Return the key of an item as text: `<PK>/<SK>`."""
    return f"{key['PK']}/{key['SK']}"


def published_kind(key: Mapping[str, object]) -> ItemKind | None:
    """Return the kind of an item; None if its changes are not published.

    The whole key decides: the key of a consumer's record of an event contains the key of the event's item.
    """
    partition, sort = str(key["PK"]), str(key["SK"])
    if partition.startswith(_ORDER_PREFIX):
        return ItemKind.PAYMENT if sort.startswith(PAYMENT_PREFIX) else _ORDER_ITEM_KINDS.get(sort)
    if partition.startswith(_PRODUCT_PREFIX):
        return _PRODUCT_ITEM_KINDS.get(sort)
    if partition.startswith(_WEBHOOKS_PREFIX) and sort.startswith(ENDPOINT_PREFIX):
        return ItemKind.WEBHOOK
    return None


def changed_item(event: Event) -> str:
    """Return the key, as text, of the item whose change an event describes."""
    match event.KIND:
        case ItemKind.ORDER:
            return text(order(event.subject))
        case ItemKind.RESERVATION:
            return text(reservation(event.subject))
        case ItemKind.SHIPMENT:
            return text(shipment(event.subject))
        case ItemKind.REFUND:
            return text(refund(event.subject))
        case ItemKind.PAYMENT:
            return text(payment(event.subject, event.attempt_number))
        case ItemKind.PRODUCT:
            return text(product(Sku(event.subject)))
        case ItemKind.STOCK:
            return text(stock(Sku(event.subject)))
        case ItemKind.WEBHOOK:
            return text(webhook_endpoint(event.owner, event.subject))


def change(event: Event) -> str:
    """Return the change that an event describes: `<PK>/<SK>#<version>#<type>`."""
    return f"{changed_item(event)}#{event.sequence}#{event.type}"


def order_partition(order_id: str) -> str:
    """The partition of an order and of all items that belong to it."""
    return f"{_ORDER_PREFIX}{order_id}"


def order(order_id: str) -> Key:
    """An order."""
    return {"PK": order_partition(order_id), "SK": ORDER}


def order_of(item: Mapping[str, object]) -> OrderId:
    """Return the order that an item belongs to, by its key, which is readable even if the item is not."""
    return OrderId(_id_of(item))


def order_of_partition(partition: str) -> OrderId | None:
    """Return the order of a partition; None if the partition is not of an order."""
    if not partition.startswith(_ORDER_PREFIX):
        return None
    return OrderId(partition.removeprefix(_ORDER_PREFIX))


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


def audit_record(order_id: str, at: str, nonce: str) -> Key:
    """The audit record of what an operator did to an order at that time."""
    return {"PK": order_partition(order_id), "SK": f"{AUDIT_PREFIX}{at}#{nonce}"}


def redrive_partition(queue: str) -> str:
    """The partition of the records of a dead-letter queue's redrives."""
    return f"REDRIVE#{queue}"


def redrive_record(queue: str, at: str, nonce: str) -> Key:
    """The record of one redrive, begun at that time."""
    return {"PK": redrive_partition(queue), "SK": f"{at}#{nonce}"}


def product(sku: Sku) -> Key:
    """A product of the catalogue."""
    return {"PK": _product_partition(sku), "SK": PRODUCT}


def product_of_partition(partition: str) -> Sku | None:
    """Return the product of a partition; None if the partition is not of a product."""
    if not partition.startswith(_PRODUCT_PREFIX):
        return None
    return Sku(partition.removeprefix(_PRODUCT_PREFIX))


def sku_of(item: Mapping[str, object]) -> Sku:
    """Return the SKU of a product, by its key, which is readable even if the item is not."""
    return Sku(_id_of(item))


def stock(sku: Sku, shard: int = 0) -> Key:
    """The stock of a product, or a further shard of it: from 1, with two digits."""
    return {"PK": _product_partition(sku), "SK": f"{_STOCK_SHARD_PREFIX}{shard:02d}" if shard else STOCK}


def shards_of(sku: Sku) -> tuple[str, dict[str, str]]:
    """The condition of a query for all shards of a product's stock, and its values."""
    return "PK = :product AND begins_with(SK, :stock)", {":product": _product_partition(sku), ":stock": STOCK}


def is_stock(key: Mapping[str, object]) -> bool:
    """Whether an item is the stock of a product, or a shard of it."""
    sort = str(key["SK"])
    of_product = str(key["PK"]).startswith(_PRODUCT_PREFIX)
    return of_product and (sort == STOCK or sort.startswith(_STOCK_SHARD_PREFIX))


def images(sku: Sku) -> Key:
    """The images of a product."""
    return {"PK": _product_partition(sku), "SK": IMAGES}


def image_sweep() -> Key:
    """Where the next sweep of the files of images begins."""
    return {"PK": MEDIA, "SK": "SWEEP"}


def stock_entry(sku: Sku, idempotency_key: str) -> Key:
    """One entry of a product's stock ledger.

    In the first releases every entry was a receipt: hence the prefix.
    """
    return {"PK": _product_partition(sku), "SK": f"{STOCK_ENTRY_PREFIX}{idempotency_key}"}


def customer_partition(customer_id: CustomerId) -> str:
    """The partition of a customer, in the table and in the index that lists the customer's orders."""
    return f"{_CUSTOMER_PREFIX}{customer_id}"


def customer_of(item: Mapping[str, object]) -> CustomerId:
    """Return the customer that an item belongs to, by its key."""
    return CustomerId(_id_of(item))


def profile(customer_id: CustomerId) -> Key:
    """A customer's profile."""
    return {"PK": customer_partition(customer_id), "SK": PROFILE}


def block(customer_id: CustomerId) -> Key:
    """The block of a customer. While it exists, the Lambda authoriser refuses the customer."""
    return {"PK": customer_partition(customer_id), "SK": BLOCK}


def removal(customer_id: CustomerId) -> Key:
    """The progress of a customer's removal; it exists until the removal is done."""
    return {"PK": customer_partition(customer_id), "SK": REMOVAL}


def export(customer_id: CustomerId) -> Key:
    """The last export of a customer's data, and its progress."""
    return {"PK": customer_partition(customer_id), "SK": EXPORT}


def consumer_partition(consumer: str, item: str) -> str:
    """The partition of a consumer's records about the events of one item (`<PK>/<SK>`).

    Each item has its own partition. A partition takes 1,000 writes a second ("Best practices for designing
    and using partition keys", Amazon DynamoDB): if all records of a consumer shared one, it would limit the
    app to 250 orders a second.
    """
    return f"CONSUMER#{consumer}#{item}"


def earlier_consumer_partition(consumer: str) -> str:
    """The single partition in which earlier releases keep a consumer's records. Read, never written."""
    return f"CONSUMER#{consumer}"


def consumed(consumer: str, item: str, change: str) -> Key:
    """A consumer's record of the event of a change of that item.

    The previous release has the same key for the same change, by whichever id its event was published.
    """
    return {"PK": consumer_partition(consumer, item), "SK": change}


def lease(order_id: str) -> Key:
    """The lease of an order."""
    return {"PK": f"{_LEASE_PREFIX}{order_id}", "SK": "LEASE"}


def order_of_lease(partition: str) -> str:
    """Return the order whose lease is in this partition."""
    return partition.removeprefix(_LEASE_PREFIX)


def circuit(name: str) -> Key:
    """The circuit of a provider, or of the platform."""
    return {"PK": HEALTH, "SK": name}


def progress() -> Key:
    """The times of the last failure to drive an order, and of the last end of an order."""
    return {"PK": HEALTH, "SK": PROGRESS}


def my_orders(customer_id: CustomerId, created_at: str, order_id: OrderId) -> Key:
    """The index entry that lists an order among its customer's orders, by time."""
    return {
        "GSI1PK": customer_partition(customer_id),
        "GSI1SK": f"{_ORDER_PREFIX}{created_at}{_SEPARATOR}{order_id}",
    }


def listed_order(entry: Mapping[str, object]) -> tuple[str, OrderId]:
    """Return the time and the id of an order from its index entry, which `my_orders` made."""
    _, created_at, order_id = str(entry["GSI1SK"]).split(_SEPARATOR)
    return created_at, OrderId(order_id)


def after_orders_of(created_at: str | None) -> str:
    """The lower end of a range of a customer's orders: after all of that time; None: from the first order."""
    return f"{_ORDER_PREFIX}{created_at}{_SEPARATOR}{_LAST}" if created_at else _ORDER_PREFIX


def before_orders_of(created_at: str | None) -> str:
    """The upper end of a range of a customer's orders: before all of that time; None: to the last order."""
    return f"{_ORDER_PREFIX}{created_at or _LAST}"


def catalogue(*, active: bool = True) -> str:
    """The partition of the index that lists the products that are active, or those that are not."""
    return CATALOGUE if active else f"{CATALOGUE}{_INACTIVE}"


def in_catalogue(sku: Sku, *, active: bool = True) -> Key:
    """The index entry that lists a product.

    An active product has the entry that earlier releases gave every product, so each release lists the
    products of the other.
    """
    return {"GSI1PK": catalogue(active=active), "GSI1SK": sku}


def category(name: str, *, active: bool = True) -> str:
    """The partition of the index that lists a category's active products, or its inactive ones.

    Only a change of a product writes to it; a sale does not. Each category has its own partition, so reads
    of the shop's categories are spread.
    """
    return f"CATEGORY#{name}" if active else f"CATEGORY#{name}{_INACTIVE}"


def in_category(sku: Sku, name: str, *, active: bool = True) -> Key:
    """The index entry that lists a product in its category."""
    return {"GSI3PK": category(name, active=active), "GSI3SK": sku}


CATEGORY_KEYS = ("GSI3PK", "GSI3SK")
"""The attributes of `in_category`, which an item without a category must not have."""


def stock_ledger(sku: Sku) -> str:
    """The partition of the index that lists a product's stock entries."""
    return f"STOCK#{sku}"


def in_stock_ledger(sku: Sku, created_at: str, idempotency_key: str) -> Key:
    """The index entry that lists a stock entry among those of its product, by time."""
    return {"GSI1PK": stock_ledger(sku), "GSI1SK": f"{created_at}{_SEPARATOR}{idempotency_key}"}


def listed_stock_entry(entry: Mapping[str, object]) -> tuple[str, str]:
    """Return the time and the key of a stock entry from its index entry, which `in_stock_ledger` made."""
    created_at, _, idempotency_key = str(entry["GSI1SK"]).partition(_SEPARATOR)
    return created_at, idempotency_key


def open_order(order_id: str, updated_at: str) -> Key:
    """The index entry of an order that has not ended."""
    return {"GSI2PK": open_shard(_shard(order_id)), "GSI2SK": updated_at}


def parked_order(order_id: str, parked_at: str) -> Key:
    """The index entry of a parked order: it is not driven until an operator unparks it."""
    return {"GSI2PK": parked_shard(_shard(order_id)), "GSI2SK": parked_at}


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
    return {"GSI2PK": unsettled_shard(_shard(order_id)), "GSI2SK": updated_at}


def due_refund(due: str) -> Key:
    """The index entry of a refund that is to be made at the time `due`, or later."""
    return {"GSI2PK": DUE_REFUNDS, "GSI2SK": due}


def job_shard(shard: int) -> str:
    """One of the partitions of the index of customers' jobs: removals and exports."""
    return f"REMOVAL#{shard}"


def job_due(customer_id: CustomerId, due: str) -> Key:
    """The index entry of a removal or an export that is to be continued at the time `due`."""
    return {"GSI2PK": job_shard(_shard(customer_id)), "GSI2SK": due}


def webhooks_partition(customer_id: str) -> str:
    """The partition of a partner's webhook endpoints."""
    return f"{_WEBHOOKS_PREFIX}{customer_id}"


def webhook_endpoint(customer_id: str, webhook_id: str) -> Key:
    """A partner's webhook endpoint."""
    return {"PK": webhooks_partition(customer_id), "SK": f"{ENDPOINT_PREFIX}{webhook_id}"}


def webhook_count(customer_id: CustomerId) -> Key:
    """The number of a partner's webhook endpoints."""
    return {"PK": webhooks_partition(customer_id), "SK": "COUNT"}


def deliveries_partition(webhook_id: str, order_id: str) -> str:
    """The partition of the deliveries of one order's events to one endpoint.

    Each order has its own partition, since a partition takes 1,000 writes a second, and each delivery causes
    about ten.
    """
    return f"DELIVERY#{webhook_id}{_SEPARATOR}{order_id}"


def webhook_delivery(webhook_id: str, order_id: str, family: str, sequence: int, event_id: str) -> Key:
    """The delivery of an event to an endpoint. Deliveries of one family sort by their sequence."""
    return {
        "PK": deliveries_partition(webhook_id, order_id),
        "SK": f"{family}{_SEPARATOR}{sequence:020d}{_SEPARATOR}{event_id}",
    }


def before_delivery(key: Mapping[str, str]) -> tuple[str, str]:
    """The range of the sort keys of the same family's deliveries up to this one, which is included."""
    family = key["SK"].partition(_SEPARATOR)[0]
    return f"{family}{_SEPARATOR}", key["SK"]


def webhook_slot(webhook_id: str, slot: int | str) -> Key:
    """One of the slots of an endpoint: an invocation holds it while it sends to the endpoint."""
    return {"PK": f"SLOT#{webhook_id}{_SEPARATOR}{slot}", "SK": "SLOT"}


def webhook_log_shard(webhook_id: str, shard: int | str) -> str:
    """One of the partitions of the index that lists an endpoint's deliveries."""
    return f"WEBHOOK#{webhook_id}{_SEPARATOR}{shard}"


def in_webhook_log(webhook_id: WebhookId, order_id: str, created_at: str, event_id: str) -> Key:
    """The index entry that lists a delivery among those of its endpoint, by time."""
    return {
        "GSI1PK": webhook_log_shard(webhook_id, _shard(order_id)),
        "GSI1SK": in_webhook_log_at(created_at, event_id),
    }


def connections_partition(customer_id: str | None) -> str:
    """The partition of a customer's connections; None: those that are told about everybody's orders."""
    return f"CONNECTIONS#{customer_id or 'ALL'}"


def connection(customer_id: str | None, connection_id: str) -> Key:
    """The key of a connection that has subscribed."""
    return {"PK": connections_partition(customer_id), "SK": connection_id}


def announced(order_id: str) -> Key:
    """The key of the time when clients were last told about an order."""
    return {"PK": f"ANNOUNCED#{order_id}", "SK": "ANNOUNCED"}


def sales_state() -> Key:
    """Which generation of totals is valid."""
    return {"PK": sales_partition("STATE"), "SK": "STATE"}


def sales_partition(place: str) -> str:
    """A partition of the totals of sales, by the text after its prefix."""
    return f"SALES#{place}"


def sales_shard(generation: int, month: str, shard: int | None) -> str:
    """One of the partitions of the totals of a month (`2026-11`); None: what a rebuild has counted.

    A partition takes 1,000 writes a second, so each month has several, and each event chooses one at random.
    """
    place = "REBUILT" if shard is None else str(shard)
    return sales_partition(f"{generation}{_SEPARATOR}{month}{_SEPARATOR}{place}")


def product_total(sku: str, currency: str, day: str) -> str:
    """The sort key of the total of a product on a day. The totals of one product follow each other."""
    return f"{PRODUCT_TOTAL_PREFIX}{sku}{_SEPARATOR}{currency}{_SEPARATOR}{day}"


def category_total(day: str, currency: str, category: str) -> str:
    """The sort key of the total of a category on a day; `category` is empty for products without one."""
    return f"{CATEGORY_TOTAL_PREFIX}{day}{_SEPARATOR}{currency}{_SEPARATOR}{category}"


def parts_of_total(item: Mapping[str, object]) -> tuple[str, str, str]:
    """Return the three parts of the sort key of a total, in their order."""
    _, first, second, third = str(item["SK"]).split(_SEPARATOR)
    return first, second, third


def totals_between(first: str, last: str) -> tuple[str, str]:
    """The range of sort keys from those that begin with `first` to those that begin with `last`."""
    return first, f"{last}{_LAST}"


def totals_after(prefix: str) -> str:
    """The lower end of a range: after all sort keys that begin with `prefix`."""
    return f"{prefix}{_LAST}"


def report_partition(day: str) -> str:
    """The partition of the report of a day, and of the mails about it."""
    return f"{_REPORT_PREFIX}{day}"


def daily_report(day: str) -> Key:
    """The last report of a day (`2026-11-27`)."""
    return {"PK": report_partition(day), "SK": "REPORT"}


def report_mail(day: str, revision: int, receiver: str) -> Key:
    """The mail about one revision to a receiver, by a text without the address."""
    return {"PK": report_partition(day), "SK": f"{_REPORT_MAIL_PREFIX}{revision}{_SEPARATOR}{receiver}"}


def listed_delivery(entry: Mapping[str, object]) -> tuple[str, str]:
    """The time and the event id of a delivery, from its index entry."""
    created_at, _, event_id = str(entry["GSI1SK"]).partition(_SEPARATOR)
    return created_at, event_id


def in_webhook_log_at(created_at: str, event_id: str) -> str:
    """The position of a delivery in each partition of its endpoint's log."""
    return f"{created_at}{_SEPARATOR}{event_id}"


def _product_partition(sku: Sku) -> str:
    return f"{_PRODUCT_PREFIX}{sku}"


def _id_of(item: Mapping[str, object]) -> str:
    return str(item["PK"]).partition(_SEPARATOR)[2]


def _shard(id: str) -> int:
    return crc32(id.encode()) % SHARDS
