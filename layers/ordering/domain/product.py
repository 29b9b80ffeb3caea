"""The catalogue: products and their prices."""

from typing import Annotated, NewType

from msgspec import Meta

from ordering.domain.base import NonNegative, Positive, Record
from ordering.domain.clock import StoredTime
from ordering.domain.money import StoredCurrency
from ordering.domain.text import END

Sku = NewType("Sku", str)

SKU_PATTERN = rf"^[A-Za-z0-9][A-Za-z0-9._-]{{0,63}}{END}"
SKU_IN_WORDS = (
    "must be 1 to 64 letters, digits, dots, dashes and underscores, starting with a letter or digit"
)
SkuText = Annotated[
    str, Meta(pattern=SKU_PATTERN, max_length=64, description="Stock keeping unit.", examples=["MUG-RED"])
]
StoredSku = Annotated[Sku, Meta(pattern=SKU_PATTERN)]


class ProductPrice(Record, frozen=True):
    """The stored price of one unit, in minor units."""

    amount: NonNegative
    currency: StoredCurrency


class Product(Record, frozen=True):
    """A product of the catalogue. Its stock is a separate record (`stock.Stock`)."""

    sku: StoredSku
    name: str
    price: ProductPrice
    created_at: StoredTime
    updated_at: StoredTime
    version: Positive
    tag: str
    description: str | None = None
