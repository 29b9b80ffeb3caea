"""What totals of sales are grouped by: all that the API's description needs of them."""

from enum import StrEnum


class By(StrEnum):
    """What totals are grouped by, beside their currency."""

    DAY = "day"
    PRODUCT = "product"
    CATEGORY = "category"
    CURRENCY = "currency"
