"""Products of the catalogue."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Meta

from ordering.domain.base import Body, WrongField
from ordering.domain.money import Money, Price
from ordering.domain.product import (
    ATTRIBUTE_NAME_IN_WORDS,
    ATTRIBUTE_NAME_PATTERN,
    CATEGORY_PATTERN,
    MAX_ATTRIBUTE_NUMBER,
    MAX_ATTRIBUTES,
    AttributeValue,
    ProductFacts,
    SkuText,
)
from ordering.domain.stock import MAX_SHARDS, StockSettings
from ordering.domain.text import LongText, ShortText
from ordering.http.shapes.base import Cursor, Time, UnreadableIds, Version, View
from ordering.http.shapes.images import ImageView

# `PutProduct.wrong_field` checks the names and the bounds, because it can name the attribute.
_NUMBER = Meta(extra_json_schema={"minimum": -MAX_ATTRIBUTE_NUMBER, "maximum": MAX_ATTRIBUTE_NUMBER})
_ATTRIBUTES = {"colour": "red", "litres": 0.35, "dishwasherSafe": True}

Category = Annotated[
    str,
    Meta(
        description="The category in which it is listed: lower-case letters, digits and dashes.",
        examples=["coffee-mugs"],
        pattern=CATEGORY_PATTERN,
    ),
]
AttributeText = ShortText | Annotated[int, _NUMBER] | Annotated[float, _NUMBER] | bool


class PutProduct(Body, frozen=True):
    """A product to create or to update."""

    name: Annotated[ShortText, Meta(description="The product's name.", examples=["Red mug"])]
    price: Price
    description: Annotated[LongText, Meta(description="More about the product. Optional.")] | None = None
    low_stock_at: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=1_000_000,
                description=(
                    "The event StockLow is published when the available units fall to this number or below. "
                    "Optional."
                ),
                examples=[5],
            ),
        ]
        | None
    ) = None
    category: Category | None = None
    attributes: Annotated[
        Mapping[str, AttributeText],
        Meta(
            max_length=MAX_ATTRIBUTES,
            description="Facts about the product, by name: text, numbers, true or false.",
            examples=[_ATTRIBUTES],
            extra_json_schema={"propertyNames": {"type": "string", "pattern": ATTRIBUTE_NAME_PATTERN}},
        ),
    ] = {}
    active: Annotated[
        bool,
        Meta(
            description="Whether it can be ordered. An inactive product is listed only with `active=false`."
        ),
    ] = True

    stock_shards: Annotated[
        int,
        Meta(
            ge=1,
            le=MAX_SHARDS,
            description=(
                "Over how many items its stock is spread, for a sale of very many units at once: each takes "
                "some thirty orders a second. Not together with `lowStockAt`."
            ),
            examples=[8],
        ),
    ] = 1

    def wrong_field(self) -> WrongField | None:
        """Returns the attribute whose name or number is invalid, or a threshold of a stock in shards."""
        if self.stock_shards > 1 and self.low_stock_at is not None:
            return WrongField("lowStockAt", "must be absent if `stockShards` is more than 1")
        for name, value in self.attributes.items():
            if not re.search(ATTRIBUTE_NAME_PATTERN, name):
                return WrongField(f"attributes.{name[:80]}", ATTRIBUTE_NAME_IN_WORDS)
            if not isinstance(value, str) and abs(value) > MAX_ATTRIBUTE_NUMBER:
                limits = f"must be a number from -{MAX_ATTRIBUTE_NUMBER} to {MAX_ATTRIBUTE_NUMBER}"
                return WrongField(f"attributes.{name}", limits)
        return None

    @property
    def facts(self) -> ProductFacts:
        """The product as it is stored."""
        return ProductFacts(
            name=self.name,
            price=self.price,
            description=self.description,
            category=self.category,
            attributes=self.attributes,
            active=self.active,
        )

    @property
    def stock_settings(self) -> StockSettings:
        """What it says about the product's stock."""
        return StockSettings(self.low_stock_at, self.stock_shards)


class ProductView(View, frozen=True):
    """A product, and the number of units that can be ordered now."""

    sku: SkuText
    name: Annotated[str, Meta(description="The product's name.", examples=["Red mug"])]
    price: Annotated[Money, Meta(description="The price of one unit.")]
    available: Annotated[
        int,
        Meta(ge=0, description="The number of units that can be ordered now; 0 if the product is inactive."),
    ]
    created_at: Time
    updated_at: Time
    version: Version
    active: Annotated[bool, Meta(description="Whether it can be ordered.")]
    description: Annotated[str, Meta(description="More about the product.")] | None = None
    low_stock_at: (
        Annotated[
            int,
            Meta(
                ge=0,
                description="The event StockLow is published when `available` falls to this number or below.",
                examples=[5],
            ),
        ]
        | None
    ) = None
    category: (
        Annotated[str, Meta(description="The category in which it is listed.", examples=["coffee-mugs"])]
        | None
    ) = None
    attributes: Annotated[
        Mapping[str, AttributeValue],
        Meta(description="Facts about the product, by name.", examples=[_ATTRIBUTES]),
    ] = {}
    stock_shards: Annotated[int, Meta(ge=1, description="Over how many items its stock is spread.")] = 1
    images: Annotated[Sequence[ImageView], Meta(description="Its images, the most important first.")] = ()


class ProductPage(View, frozen=True):
    """A page of products, sorted by SKU."""

    products: Annotated[Sequence[ProductView], Meta(description="At most `limit` products, by SKU.")]
    next: Cursor | None = None
    unreadable: UnreadableIds = ()
