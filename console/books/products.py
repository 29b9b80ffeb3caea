"""Judges a product: whether it can be read, and whether the lists of the catalogue have it in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from console.books.violation import Violation
from ordering.domain.product import Product
from ordering.repositories import keys
from ordering.repositories.catalogue import list_entries
from ordering.repositories.keys import product_keys


def violations_of_product(item: Mapping[str, Any]) -> Iterator[Violation]:
    """Yields what is wrong with an item, if it is a product."""
    sku = product_keys.product_of_partition(str(item["PK"]))
    if sku is None or item["SK"] != product_keys.PRODUCT:
        return
    name = keys.text(item)
    try:
        product = msgspec.convert(item, Product)
    except msgspec.ValidationError:
        yield Violation(None, name, "it is not a valid product")
        return
    entries = list_entries(sku, product)
    if any(item.get(attribute) != value for attribute, value in entries.items()):
        yield Violation(
            None,
            name,
            "the lists of the catalogue do not have it where they should: update or import it again",
        )
