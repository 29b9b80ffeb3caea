"""The catalogue: what is sold, and at what price."""

from typing import Annotated, NewType

from msgspec import Meta

from ordering.domain.base import Record
from ordering.domain.text import END

Sku = NewType("Sku", str)

SKU_PATTERN = rf"^[A-Za-z0-9][A-Za-z0-9._-]{{0,63}}{END}"
SKU_IN_WORDS = "takes 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first"
SkuText = Annotated[
    str, Meta(pattern=SKU_PATTERN, max_length=64, description="Stock keeping unit.", examples=["MUG-RED"])
]


class ProductPrice(Record, frozen=True):
    """What one unit costs, in minor units, as it is kept: its currency may have been retired since."""

    amount: int
    currency: str


class Product(Record, frozen=True):
    """A product as the catalogue holds it. Its stock is a record apart (`stock.Stock`)."""

    sku: Sku
    name: str
    price: ProductPrice
    created_at: str
    updated_at: str
    version: int
    tag: str
    description: str | None = None
