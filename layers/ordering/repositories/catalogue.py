"""Products and their stock in the table."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from ordering.domain.money import Price
from ordering.domain.product import Product, Sku
from ordering.domain.stock import Stock
from ordering.dynamodb.client import Table, TransactionCancelled
from ordering.dynamodb.transaction import check, delete
from ordering.repositories import keys
from ordering.repositories.items import record_in_list, record_of
from ordering.repositories.versioned_items import ETagMismatch, put_if_match


class ProductWithStock(Struct, frozen=True):
    """A product with its stock."""

    product: Product
    stock: Stock


class StockIsHeld(Exception):
    """Orders hold stock of the product, so that it cannot leave the catalogue yet."""


class Catalogue:
    """The products of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, sku: Sku) -> ProductWithStock | None:
        """A product and its stock, read in one call."""
        product, stock = self.get_with_stock(sku)
        return ProductWithStock(product, stock) if product else None

    def get_with_stock(self, sku: Sku) -> tuple[Product | None, Stock]:
        """A product, if there is one, and the stock there is of it: some may outlast the product."""
        items = {item["SK"]: item for item in self._table.get_many([keys.product(sku), keys.stock(sku)])}
        product, stock = items.get(keys.PRODUCT), items.get(keys.STOCK)
        return (
            record_of(product, Product) if product else None,
            record_of(stock, Stock) if stock else Stock(sku=sku),
        )

    def page(self, limit: int, after: Sku | None) -> tuple[list[ProductWithStock], Sku | None]:
        """Up to `limit` products (100 at most) by SKU, and the SKU to go on after if there are more.

        A product that cannot be read is left out.
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
        products = [each for item in items if (each := record_in_list(item, Product))]
        stocks = {stock.sku: stock for stock in self._stocks([each.sku for each in products])}
        shelves = [ProductWithStock(each, stocks.get(each.sku, Stock(sku=each.sku))) for each in products]
        return shelves, Sku(items[-1]["GSI1SK"]) if more else None

    def stock(self, sku: Sku) -> Stock:
        """The stock of a SKU; none of anything where none ever came in."""
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
        """Enter a product (`expected` None) or change the one that bears that tag. Raises ETagMismatch."""
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
        """Take the product that bears that tag out of the catalogue, unless orders hold stock of it.

        Its stock stays on record: the units are still somewhere, and orders placed may still want them.
        Raises StockIsHeld, ETagMismatch, and TransactionCancelled while rivals are in the way.
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
                    "stock": check(
                        keys.stock(sku),
                        "attribute_not_exists(held) OR held = :none",
                        values={":none": 0},
                    ),
                }
            )
        except TransactionCancelled as cancelled:
            if cancelled.failed("product"):
                found = cancelled.failures["product"]
                raise ETagMismatch(found["tag"] if found else None) from None
            if cancelled.failed("stock"):
                raise StockIsHeld(sku) from None
            raise

    def _stocks(self, skus: Sequence[Sku]) -> Iterator[Stock]:
        if skus:
            for item in self._table.get_many([keys.stock(sku) for sku in skus]):
                # Without it, there is none to be ordered.
                if stock := record_in_list(item, Stock):
                    yield stock
