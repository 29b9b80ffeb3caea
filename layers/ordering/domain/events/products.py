"""The events of the catalogue."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from ordering.domain.events.envelope import Amount, Event
from ordering.domain.events.types import ItemKind
from ordering.domain.product import AttributeValue, SkuText


class ProductEvent(Event, frozen=True, kw_only=True):
    """What the events of a product share: the product as it is now, or as it was before its removal."""

    KIND: ClassVar[ItemKind] = ItemKind.PRODUCT

    sku: SkuText
    name: Annotated[str, Meta(description="The product's name.", examples=["Enamel mug, red"])]
    price: Annotated[Amount, Meta(description="The price of one unit.")]
    description: Annotated[str, Meta(description="The product's description.")] | UnsetType = UNSET
    category: (
        Annotated[str, Meta(description="The product's category.", examples=["coffee-mugs"])] | UnsetType
    ) = UNSET
    attributes: (
        Annotated[
            Mapping[str, AttributeValue],
            Meta(
                description="Facts about the product, by name: text, numbers, true or false.",
                examples=[{"colour": "red", "litres": 0.35, "dishwasherSafe": True}],
            ),
        ]
        | UnsetType
    ) = UNSET
    active: (
        Annotated[
            bool,
            Meta(description="Whether the product can be ordered. If it is absent, it can.", examples=[True]),
        ]
        | UnsetType
    ) = UNSET


class ProductAdded(ProductEvent, frozen=True, kw_only=True):
    """A product was added to the catalogue."""


class ProductChanged(ProductEvent, frozen=True, kw_only=True):
    """A product was changed: its name, description, price, category, attributes, or whether it is active."""


class ProductRemoved(ProductEvent, frozen=True, kw_only=True):
    """A product was removed from the catalogue. `sequence` is one more than its last version."""
