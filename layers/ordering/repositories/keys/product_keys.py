"""Keys of products, their stock and images, and of their entries in the indexes."""

from collections.abc import Mapping

from ordering.domain.product import Sku
from ordering.repositories.keys import SEPARATOR, Key, id_of

PRODUCT = "PRODUCT"
STOCK = "STOCK"
_STOCK_SHARD_PREFIX = "STOCK#"
IMAGES = "IMAGES"
STOCK_ENTRY_PREFIX = "RECEIPT#"
CATALOGUE = "CATALOGUE"
MEDIA = "MEDIA"

PRODUCT_PREFIX = "PRODUCT#"
_INACTIVE = "#INACTIVE"

CATEGORY_KEYS = ("GSI3PK", "GSI3SK")
"""The attributes of `in_category`, which an item without a category must not have."""


def product(sku: Sku) -> Key:
    """A product of the catalogue."""
    return {"PK": _product_partition(sku), "SK": PRODUCT}


def product_of_partition(partition: str) -> Sku | None:
    """Return the product of a partition; None if the partition is not of a product."""
    if not partition.startswith(PRODUCT_PREFIX):
        return None
    return Sku(partition.removeprefix(PRODUCT_PREFIX))


def sku_of(item: Mapping[str, object]) -> Sku:
    """Return the SKU of a product, by its key, which is readable even if the item is not."""
    return Sku(id_of(item))


def stock(sku: Sku, shard: int = 0) -> Key:
    """The stock of a product, or a further shard of it: from 1, with two digits."""
    return {"PK": _product_partition(sku), "SK": f"{_STOCK_SHARD_PREFIX}{shard:02d}" if shard else STOCK}


def shards_of(sku: Sku) -> tuple[str, dict[str, str]]:
    """The condition of a query for all shards of a product's stock, and its values."""
    return "PK = :product AND begins_with(SK, :stock)", {":product": _product_partition(sku), ":stock": STOCK}


def is_stock(key: Mapping[str, object]) -> bool:
    """Whether an item is the stock of a product, or a shard of it."""
    sort = str(key["SK"])
    of_product = str(key["PK"]).startswith(PRODUCT_PREFIX)
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


def stock_ledger(sku: Sku) -> str:
    """The partition of the index that lists a product's stock entries."""
    return f"STOCK#{sku}"


def in_stock_ledger(sku: Sku, created_at: str, idempotency_key: str) -> Key:
    """The index entry that lists a stock entry among those of its product, by time."""
    return {"GSI1PK": stock_ledger(sku), "GSI1SK": f"{created_at}{SEPARATOR}{idempotency_key}"}


def listed_stock_entry(entry: Mapping[str, object]) -> tuple[str, str]:
    """Return the time and the key of a stock entry from its index entry, which `in_stock_ledger` made."""
    created_at, _, idempotency_key = str(entry["GSI1SK"]).partition(SEPARATOR)
    return created_at, idempotency_key


def _product_partition(sku: Sku) -> str:
    return f"{PRODUCT_PREFIX}{sku}"
