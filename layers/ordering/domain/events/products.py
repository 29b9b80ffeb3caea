"""The events of the catalogue."""

from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from ordering.domain.events.envelope import Amount, Event
from ordering.domain.events.types import ItemKind
from ordering.domain.product import SkuText


class ProductEvent(Event, frozen=True, kw_only=True):
    """What the events of a product share: the product as it is now, or as it was before its removal."""

    KIND: ClassVar[ItemKind] = ItemKind.PRODUCT

    sku: SkuText
    name: Annotated[str, Meta(description="The product's name.", examples=["Enamel mug, red"])]
    price: Annotated[Amount, Meta(description="The price of one unit.")]
    description: Annotated[str, Meta(description="The product's description.")] | UnsetType = UNSET


class ProductAdded(ProductEvent, frozen=True, kw_only=True):
    """A product was added to the catalogue."""


class ProductChanged(ProductEvent, frozen=True, kw_only=True):
    """A product's name, description or price was changed."""


class ProductRemoved(ProductEvent, frozen=True, kw_only=True):
    """A product was removed from the catalogue. `sequence` is one more than its last version."""
