"""Products and their stock in the table."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from ordering import guards
from ordering.aws.logging import logger
from ordering.domain.images import Gallery
from ordering.domain.product import Product, ProductFacts, ProductPrice, Sku, text_of_attributes
from ordering.domain.stock import Stock, StockSettings, total
from ordering.dynamodb.client import BatchIncomplete, Table, TransactionCancelled
from ordering.dynamodb.transaction import WriteAction, check, delete, remove
from ordering.guards import Guard
from ordering.repositories import keys
from ordering.repositories.items import (
    record_in_list,
    record_of,
    record_or,
    records_and_rest,
)
from ordering.repositories.keys import product_keys
from ordering.repositories.product_images import ProductImages
from ordering.repositories.stock_shards import StockShards
from ordering.repositories.updates import set_stock_settings
from ordering.repositories.versioned_items import ETagMismatch, put_if_match, put_if_match_with, tag_of


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


class ProductFilter(Struct, frozen=True):
    """Selects the products of a list: of one category (None: of all), and active or inactive."""

    category: str | None = None
    active: bool = True


class StockIsHeld(Exception):
    """Orders hold stock of the product, so that it cannot be removed yet."""


class Catalogue:
    """The products of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._shards = StockShards(table)

    def find(self, sku: Sku) -> ProductWithStock | None:
        """Return a product, its stock and its images, read in one call; None if it does not exist."""
        product, stock, images = self.get_with_stock(sku)
        return ProductWithStock(product, stock, images) if product else None

    def get_with_stock(self, sku: Sku) -> tuple[Product | None, Stock, Gallery]:
        """Return a product, if it exists, its stock, which may exist without the product, and its images.

        A product whose images cannot be read is returned without images.
        """
        wanted = [product_keys.product(sku), product_keys.stock(sku), product_keys.images(sku)]
        items = {item["SK"]: item for item in self._table.get_many(wanted)}
        product, stock, images = (items.get(key["SK"]) for key in wanted)
        none = Gallery(sku=sku)
        return (
            record_of(product, Product) if product else None,
            self._shards.total(record_of(stock, Stock)) if stock else Stock(sku=sku),
            record_or(images, Gallery, none) if images else none,
        )

    def stored(self, skus: Sequence[Sku]) -> dict[Sku, Product | None]:
        """Return those of up to 100 products that exist, read in one call; None for an unreadable one."""
        items = self._table.get_many([product_keys.product(sku) for sku in skus])
        return {product_keys.sku_of(item): record_in_list(item, Product) for item in items}

    def has(self, sku: Sku) -> bool:
        """Whether the product exists, even if it cannot be read."""
        return self._table.get(product_keys.product(sku)) is not None

    def page(
        self, wanted: ProductFilter, limit: int, after: Sku | None
    ) -> tuple[list[ProductWithStock], list[Sku], Sku | None]:
        """Return up to `limit` products (100 at most) by SKU, the unreadable SKUs, and the next page's start.

        The third value is the SKU after which the next page begins; None if there is none. The index is
        eventually consistent: a change may appear late.

        Raises IndexNotReady, and only for a category.
        """
        products, unreadable, last = self.listed(wanted, limit, after)
        # An earlier release that updates an inactive product lists it as active again.
        products = [each for each in products if each.active is wanted.active]
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
        return products_with_stock, unreadable, last

    def listed(
        self, wanted: ProductFilter, limit: int, after: Sku | None
    ) -> tuple[list[Product], list[Sku], Sku | None]:
        """Return a page of a list like `page`: every product that the index lists there, alone."""
        index, partition = _list_of(wanted)
        items = list(
            self._table.query(
                f"{index}PK = :partition",
                {":partition": partition},
                index=index,
                limit=limit + 1,
                start={**product_keys.product(after), **_entry(wanted, after)} if after else None,
            )
        )
        more = len(items) > limit
        items = items[:limit]
        products, unreadable = records_and_rest(items, Product)
        unreadable_skus = [Sku(item[f"{index}SK"]) for item in unreadable]
        return products, unreadable_skus, Sku(items[-1][f"{index}SK"]) if more else None

    def stock(self, sku: Sku) -> Stock:
        """Return the stock of a SKU; all figures are 0 if none was ever received."""
        return total(self._shards.read(sku))

    def has_units_in_further_shards(self, sku: Sku) -> bool:
        """Whether another shard than the first has units that are available, or that orders hold."""
        _, *others = self._shards.read(sku)
        return any(shard.available or shard.held for shard in others)

    def put(self, sku: Sku, product: ProductFacts, *, at: str, expected: str | None) -> Product:
        """Create a product (`expected` is None) or update the one with that tag. Raises ETagMismatch."""
        item = put_if_match(
            self._table,
            product_keys.product(sku),
            _facts(sku, product),
            at=at,
            expected=expected,
            indexed=list_entries(sku, product),
        )
        return record_of(item, Product)

    def put_with_stock_settings(
        self,
        sku: Sku,
        product: ProductFacts,
        settings: StockSettings,
        *,
        stored: Product | None,
        stock: Stock,
        at: str,
        expected: str | None,
    ) -> Product:
        """Create or update a product as `put` does, with the settings of its stock.

        `stored` is the product as it was read, if it exists, and `stock` its stock. Raises ETagMismatch, and
        TransactionCancelled if other transactions conflict.
        """
        if expected is not None and (stored is None or stored.tag != expected):
            raise ETagMismatch(stored.tag if stored else None)
        written = put_if_match_with(
            self._table,
            product_keys.product(sku),
            _facts(sku, product) | {"stockShards": settings.spread if settings.spread > 1 else None},
            {"stock": set_stock_settings(stock, settings, at)},
            at=at,
            expected=expected,
            indexed=list_entries(sku, product),
        )
        # A transaction returns no item. The product that it has changed is `stored`, since a tag is never
        # used twice.
        return Product(
            sku=sku,
            name=product.name,
            price=ProductPrice(amount=product.price.amount, currency=product.price.currency),
            description=product.description,
            category=product.category,
            stored_attributes=text_of_attributes(product.attributes),
            active=product.active,
            stock_shards=settings.spread,
            created_at=stored.created_at if stored else at,
            updated_at=at,
            version=stored.version + 1 if stored else written.first_version,
            tag=written.tag,
        )

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
                        product_keys.product(sku),
                        condition="#tag = :tag",
                        names={"#tag": "tag"},
                        values={":tag": tag},
                    ),
                    **guards.value(Guard.REMOVE_KEEPS_STOCK, self._nothing_held(sku)),
                    "images": remove(product_keys.images(sku)),
                }
            )
        except TransactionCancelled as cancelled:
            if cancelled.failed("product"):
                found = cancelled.failures["product"]
                raise ETagMismatch(tag_of(found) if found else None) from None
            if any(name.startswith("stock") for name in cancelled.failures):
                raise StockIsHeld(sku) from None
            raise

    def spread(self, sku: Sku, at: str) -> None:
        """Spread the available units of a stock evenly over its shards. A failure is only logged.

        Orders find the units wherever they are, so a stock that is not spread is only slower.
        """
        try:
            self._shards.spread(sku, at)
        except (BatchIncomplete, BotoCoreError, ClientError, TransactionCancelled):
            logger.warning("stock not spread", extra={"sku": sku}, exc_info=True)

    def _nothing_held(self, sku: Sku) -> dict[str, WriteAction]:
        """Return the conditions that no shard of a product holds units."""
        return {
            f"stock {shard}": check(
                product_keys.stock(sku, shard),
                "attribute_not_exists(held) OR held = :none",
                values={":none": 0},
            )
            for shard in range(len(self._shards.read(sku)))
        }

    def _stocks(self, skus: Sequence[Sku]) -> Iterator[Stock]:
        if skus:
            items = self._table.get_many([product_keys.stock(sku) for sku in skus])
            firsts = [stock for item in items if (stock := record_in_list(item, Stock))]
            # A product without a readable stock has no available units.
            yield from (stock for stock in self._shards.totals(firsts) if stock)


def _facts(sku: Sku, product: ProductFacts) -> dict[str, Any]:
    return {
        "sku": sku,
        "name": product.name,
        "price": {"amount": product.price.amount, "currency": product.price.currency},
        "description": product.description,
        "category": product.category,
        "attributes": text_of_attributes(product.attributes),
        "active": product.active,
    }


def list_entries(sku: Sku, product: ProductFacts | Product) -> Mapping[str, str | None]:
    """Return the keys of a product's entries in the lists; None for those that it must not have."""
    listed = product_keys.in_catalogue(sku, active=product.active)
    if product.category is None:
        return {**listed, **dict.fromkeys(product_keys.CATEGORY_KEYS)}
    return {**listed, **product_keys.in_category(sku, product.category, active=product.active)}


def _list_of(wanted: ProductFilter) -> tuple[str, str]:
    """Return the index and its partition that contain exactly the wanted products."""
    if wanted.category is None:
        return keys.LISTING, product_keys.catalogue(active=wanted.active)
    return keys.CATEGORIES, product_keys.category(wanted.category, active=wanted.active)


def _entry(wanted: ProductFilter, sku: Sku) -> Mapping[str, str]:
    """Return the keys of a product's entry in a list."""
    if wanted.category is None:
        return product_keys.in_catalogue(sku, active=wanted.active)
    return product_keys.in_category(sku, wanted.category, active=wanted.active)
