"""Products and their stock in the table."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from ordering import guards
from ordering.domain.images import Gallery
from ordering.domain.money import Price
from ordering.domain.product import Product, Sku
from ordering.domain.stock import Stock
from ordering.dynamodb.client import Table, TransactionCancelled
from ordering.dynamodb.transaction import check, delete, remove
from ordering.guards import Guard
from ordering.repositories import keys
from ordering.repositories.items import record_in_list, record_of, record_or, records_and_rest
from ordering.repositories.product_images import ProductImages
from ordering.repositories.versioned_items import ETagMismatch, put_if_match, tag_of


class ProductWithStock(Struct, frozen=True):
    """A product with its stock and its images."""

    product: Product
    stock: Stock
    images: Gallery

    @property
    def tag(self) -> str:
        """The tag of what a read returns: it changes with the product, and with its images.

        Its part before the dot is the tag of the product, which alone counts when the product is changed.
        """
        return f"{self.product.tag}.{self.images.tag}" if self.images.tag else self.product.tag


class StockIsHeld(Exception):
    """Orders hold stock of the product, so that it cannot be removed yet."""


class Catalogue:
    """The products of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, sku: Sku) -> ProductWithStock | None:
        """Return a product, its stock and its images, read in one call; None if it does not exist."""
        product, stock, images = self.get_with_stock(sku)
        return ProductWithStock(product, stock, images) if product else None

    def get_with_stock(self, sku: Sku) -> tuple[Product | None, Stock, Gallery]:
        """Return a product, if it exists, its stock, which may exist without the product, and its images.

        A product whose images cannot be read is returned without images.
        """
        wanted = [keys.product(sku), keys.stock(sku), keys.images(sku)]
        items = {item["SK"]: item for item in self._table.get_many(wanted)}
        product, stock, images = (items.get(key["SK"]) for key in wanted)
        none = Gallery(sku=sku)
        return (
            record_of(product, Product) if product else None,
            record_of(stock, Stock) if stock else Stock(sku=sku),
            record_or(images, Gallery, none) if images else none,
        )

    def has(self, sku: Sku) -> bool:
        """Whether the product exists, even if it cannot be read."""
        return self._table.get(keys.product(sku)) is not None

    def page(self, limit: int, after: Sku | None) -> tuple[list[ProductWithStock], list[Sku], Sku | None]:
        """Return up to `limit` products (100 at most) by SKU, the unreadable SKUs, and the next page's start.

        The third value is the SKU after which the next page begins; None if there is none.
        """
        start = None
        if after:
            start = {**keys.product(after), **keys.in_catalogue(after)}
        items = list(
            self._table.query(
                "GSI1PK = :catalogue",
                {":catalogue": keys.CATALOGUE},
                index=keys.LISTING,
                limit=limit + 1,
                start=start,
            )
        )
        more = len(items) > limit
        items = items[:limit]
        products, unreadable = records_and_rest(items, Product)
        skus = [each.sku for each in products]
        stocks = {stock.sku: stock for stock in self._stocks(skus)}
        images = ProductImages(self._table).of_many(skus)
        products_with_stock = [
            ProductWithStock(
                each,
                stocks.get(each.sku, Stock(sku=each.sku)),
                images[each.sku] or Gallery(sku=each.sku),
            )
            for each in products
        ]
        unreadable_skus = [Sku(item["GSI1SK"]) for item in unreadable]
        return products_with_stock, unreadable_skus, Sku(items[-1]["GSI1SK"]) if more else None

    def stock(self, sku: Sku) -> Stock:
        """Return the stock of a SKU; all figures are 0 if none was ever received."""
        item = self._table.get(keys.stock(sku))
        return record_of(item, Stock) if item else Stock(sku=sku)

    def put(
        self,
        sku: Sku,
        name: str,
        price: Price,
        description: str | None,
        *,
        at: str,
        expected: str | None,
    ) -> Product:
        """Create a product (`expected` is None) or update the one with that tag. Raises ETagMismatch."""
        facts = {
            "sku": sku,
            "name": name,
            "price": {"amount": price.amount, "currency": price.currency},
            "description": description,
        }
        item = put_if_match(
            self._table,
            keys.product(sku),
            facts,
            at=at,
            expected=expected,
            indexed=keys.in_catalogue(sku),
        )
        return record_of(item, Product)

    def remove(self, sku: Sku, tag: str) -> None:
        """Remove the product with that tag, and its images, unless orders hold stock of it.

        The sweep of images deletes their files. The record of its stock remains: the units still exist, and
        placed orders may still need them.

        Raises StockIsHeld, ETagMismatch, and TransactionCancelled if other transactions conflict.
        """
        try:
            self._table.transact(
                {
                    "product": delete(
                        keys.product(sku),
                        condition="#tag = :tag",
                        names={"#tag": "tag"},
                        values={":tag": tag},
                    ),
                    "stock": guards.value(
                        Guard.REMOVE_KEEPS_STOCK,
                        check(
                            keys.stock(sku),
                            "attribute_not_exists(held) OR held = :none",
                            values={":none": 0},
                        ),
                    ),
                    "images": remove(keys.images(sku)),
                }
            )
        except TransactionCancelled as cancelled:
            if cancelled.failed("product"):
                found = cancelled.failures["product"]
                raise ETagMismatch(tag_of(found) if found else None) from None
            if cancelled.failed("stock"):
                raise StockIsHeld(sku) from None
            raise

    def _stocks(self, skus: Sequence[Sku]) -> Iterator[Stock]:
        if skus:
            for item in self._table.get_many([keys.stock(sku) for sku in skus]):
                # A product without a readable stock record has no available units.
                if stock := record_in_list(item, Stock):
                    yield stock
