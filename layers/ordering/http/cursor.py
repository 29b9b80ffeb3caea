"""Cursors of the catalogue: opaque, and checked when they come back."""

import base64
import binascii
import re

from ordering.domain.product import SKU_PATTERN, Sku
from ordering.http.problems import ProblemType, invalid_field

_SKU = re.compile(SKU_PATTERN)


def cursor_after(sku: Sku) -> str:
    """The cursor of the page that begins after this product."""
    return base64.urlsafe_b64encode(sku.encode()).decode().rstrip("=")


def sku_of(cursor: str) -> Sku:
    """The product that a cursor stands behind. Raises Problem for one that the API did not give."""
    try:
        sku = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        sku = ""
    if not _SKU.search(sku) or cursor_after(Sku(sku)) != cursor:
        message = "take it from `next` of the page before, unchanged"
        raise invalid_field(ProblemType.INVALID_PARAMETER, "cursor", message)
    return Sku(sku)
