"""The images of products in the table: one item for each product, beside the product itself."""

from collections.abc import Callable, Mapping, Sequence
from uuid import uuid4

from msgspec import structs

from ordering.domain.clock import now
from ordering.domain.images import Gallery
from ordering.domain.product import Sku
from ordering.dynamodb.client import Table, TransactionCancelled
from ordering.dynamodb.codec import Item
from ordering.dynamodb.transaction import ABSENT, check, put
from ordering.repositories.items import item_of, record_in_list, record_of
from ordering.repositories.keys import product_keys

_TRIES = 5
# BatchGetItem takes a hundred keys (Amazon DynamoDB API Reference).
_AT_ONCE = 100


class ProductGone(Exception):
    """The product does not exist, so it has no images."""


class ProductImages:
    """The images of the products of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, sku: Sku) -> Gallery:
        """Return the images of a product. Raises UnreadableRecord."""
        return _gallery(sku, self._table.get(product_keys.images(sku)))

    def of_many(self, skus: Sequence[Sku]) -> Mapping[Sku, Gallery | None]:
        """Return the images of products; None for those whose record cannot be read."""
        found: dict[Sku, Gallery | None] = {sku: Gallery(sku=sku) for sku in skus}
        for start in range(0, len(skus), _AT_ONCE):
            batch = [product_keys.images(sku) for sku in skus[start : start + _AT_ONCE]]
            for item in self._table.get_many(batch):
                sku = product_keys.product_of_partition(str(item["PK"]))
                if sku is not None:
                    found[sku] = record_in_list(item, Gallery)
        return found

    def change(self, sku: Sku, change: Callable[[Gallery], Gallery]) -> Gallery:
        """Change the images of a product, and return them.

        `change` gets the images and returns the new ones; it is called again if another request was faster.
        Nothing is written if it returns what it got.

        Raises ProductGone, UnreadableRecord, what `change` raises, and TransactionCancelled if other requests
        keep changing the images.
        """
        for attempt in range(1, _TRIES + 1):
            before = self.of(sku)
            changed = change(before)
            if changed == before:
                return before
            after = structs.replace(changed, tag=uuid4().hex[:16])
            try:
                self._write(after, before)
            except TransactionCancelled as cancelled:
                if cancelled.failed("product"):
                    raise ProductGone(sku) from None
                # A conflict was retried already.
                if attempt == _TRIES or cancelled.is_conflict:
                    raise
            else:
                return after
        raise AssertionError("the last attempt returns or raises")

    def _write(self, after: Gallery, before: Gallery) -> None:
        if before.tag:
            condition, values = "tag = :before", {":before": before.tag}
        else:
            condition, values = ABSENT, {}
        item = item_of(after, product_keys.images(after.sku)) | {"updatedAt": now()}
        self._table.transact(
            {
                # A deleted product has no images: `Catalogue.remove` deletes both in one transaction.
                "product": check(product_keys.product(after.sku), "attribute_exists(PK)"),
                "images": put(item, condition=condition, values=values),
            }
        )


def _gallery(sku: Sku, item: Item | None) -> Gallery:
    return record_of(item, Gallery) if item else Gallery(sku=sku)
