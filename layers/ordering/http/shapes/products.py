"""Products of the catalogue."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from ordering.domain.base import Body
from ordering.domain.money import Money, Price
from ordering.domain.product import SkuText
from ordering.domain.text import LongText, ShortText
from ordering.http.shapes.base import Cursor, Time, UnreadableIds, Version, View


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


class ProductView(View, frozen=True):
    """A product, and the number of units that can be ordered now."""

    sku: SkuText
    name: Annotated[str, Meta(description="The product's name.", examples=["Red mug"])]
    price: Annotated[Money, Meta(description="The price of one unit.")]
    available: Annotated[int, Meta(ge=0, description="The number of units that can be ordered now.")]
    created_at: Time
    updated_at: Time
    version: Version
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


class ProductPage(View, frozen=True):
    """A page of products, sorted by SKU."""

    products: Annotated[Sequence[ProductView], Meta(description="At most `limit` products, by SKU.")]
    next: Cursor | None = None
    unreadable: UnreadableIds = ()
