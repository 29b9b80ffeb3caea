"""The catalogue: products, their prices, and what they are browsed by."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, NewType

import msgspec
from msgspec import Meta, Struct, field

from ordering.domain.base import NonNegative, Positive, Record
from ordering.domain.clock import StoredTime
from ordering.domain.money import Price, StoredCurrency
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

# A code, not a title: `Mugs` and `mugs ` must not become two categories.
CATEGORY_PATTERN = rf"^[a-z0-9][a-z0-9-]{{0,63}}{END}"
CATEGORY_IN_WORDS = (
    "must be 1 to 64 lower-case letters, digits and dashes, starting with a letter or digit: `coffee-mugs`"
)

ATTRIBUTE_NAME_PATTERN = rf"^[A-Za-z][A-Za-z0-9_-]{{0,39}}{END}"
ATTRIBUTE_NAME_IN_WORDS = (
    "the name must be 1 to 40 letters, digits, dashes and underscores, starting with a letter"
)
MAX_ATTRIBUTES = 20
# An integer up to this bound is exact in every JSON reader (RFC 8259, section 6).
MAX_ATTRIBUTE_NUMBER = 10**15

AttributeValue = str | int | float | bool
Attributes = Mapping[str, AttributeValue]


def is_category(text: str) -> bool:
    """Whether a text can be the name of a category."""
    # Compiled when it is needed: the start of a function that reads no category stays as it is.
    return re.search(CATEGORY_PATTERN, text) is not None


class ProductPrice(Record, frozen=True):
    """The stored price of one unit, in minor units."""

    amount: NonNegative
    currency: StoredCurrency


class Product(Record, frozen=True):
    """A product of the catalogue. Its stock is a separate record (`stock.Stock`).

    Products of earlier releases have no category and no attributes, and are active.
    """

    sku: StoredSku
    name: str
    price: ProductPrice
    created_at: StoredTime
    updated_at: StoredTime
    version: Positive
    tag: str
    description: str | None = None
    category: str | None = None
    # One JSON text: an item's numbers are integers (`dynamodb.codec`), and no query selects by an attribute.
    stored_attributes: str | None = field(default=None, name="attributes")
    active: bool = True
    """Whether it can be ordered. Orders that were placed before are not affected."""
    stock_shards: Positive = 1
    """Over how many shards its orders, and the units that it receives, are spread."""

    def __post_init__(self) -> None:
        """Raises ValueError if the attributes cannot be read: the record is then unreadable."""
        if self.stored_attributes is not None:
            attributes_of_text(self.stored_attributes)

    @property
    def attributes(self) -> Attributes:
        """The attributes by name; empty if the product has none."""
        return attributes_of_text(self.stored_attributes) if self.stored_attributes else {}

    def matches(self, facts: "ProductFacts") -> bool:
        """Whether the product already is as the facts describe it."""
        return (
            (self.name, self.description, self.category, self.active)
            == (facts.name, facts.description, facts.category, facts.active)
            and (self.price.amount, self.price.currency) == (facts.price.amount, facts.price.currency)
            and (self.stored_attributes or None) == text_of_attributes(facts.attributes)
        )


class ProductFacts(Struct, frozen=True, kw_only=True):
    """What a product's maintainer decides about it."""

    name: str
    price: Price
    description: str | None = None
    category: str | None = None
    attributes: Attributes = {}
    active: bool = True


def text_of_attributes(attributes: Attributes) -> str | None:
    """Return attributes as they are stored, the same text for any order of them; None for none."""
    return msgspec.json.encode(attributes, order="sorted").decode() if attributes else None


def attributes_of_text(text: str) -> Attributes:
    """Return stored attributes. Raises ValueError if the text is not an object of text, numbers, booleans."""
    try:
        return _attributes_decoder().decode(text)
    except msgspec.DecodeError as error:
        raise ValueError(f"attributes: {error}") from None


# Made when the first product with attributes is read, and not at every cold start.
@cache
def _attributes_decoder() -> msgspec.json.Decoder[dict[str, AttributeValue]]:
    return msgspec.json.Decoder(dict[str, AttributeValue])
