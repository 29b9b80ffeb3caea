"""Keys of the table and of its three indexes. Only the modules of this package know how they are spelt.

Each module has the keys of one subject, so that a function loads only those that it uses.

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
| shard of a stock   | `PRODUCT#<sku>`          | `STOCK#<n>`         |
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

from collections.abc import Mapping
from zlib import crc32

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

SEPARATOR = "#"
# Sorts after every id and after every time.
LAST = "~"


def text(key: Mapping[str, object]) -> str:
    """Return the key of an item as text: `<PK>/<SK>`."""
    return f"{key['PK']}/{key['SK']}"


def id_of(item: Mapping[str, object]) -> str:
    """Return the id in the partition of an item, which is `<PREFIX>#<id>`."""
    return str(item["PK"]).partition(SEPARATOR)[2]


def shard_of(id: str) -> int:
    """Return the number of the partition of due items, or of a log, to which an id belongs."""
    return crc32(id.encode()) % SHARDS
