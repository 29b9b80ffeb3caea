"""Totals of sales."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from ordering.domain.money import CURRENCY_PATTERN, Money
from ordering.domain.product import CATEGORY_PATTERN, SkuText
from ordering.http.shapes.base import Cursor, View


class SalesTotal(View, frozen=True, kw_only=True):
    """The sales of one day, product or category, or of all, in one currency.

    `by` decides which of `day`, `sku` and `category` is present. `category` is absent for products that had
    none when they were ordered.
    """

    day: (
        Annotated[
            str,
            Meta(
                description="A day of the shop, in its time zone.",
                examples=["2026-11-21"],
                extra_json_schema={"format": "date"},
            ),
        ]
        | None
    ) = None
    sku: SkuText | None = None
    category: (
        Annotated[
            str,
            Meta(
                pattern=CATEGORY_PATTERN,
                description="The category of the products when they were ordered.",
                examples=["coffee-mugs"],
            ),
        ]
        | None
    ) = None
    currency: Annotated[str, Meta(pattern=CURRENCY_PATTERN, description="ISO 4217.", examples=["EUR"])]
    orders: Annotated[int, Meta(ge=0, description="Orders that were fulfilled.")]
    units: Annotated[int, Meta(ge=0, description="Units in these orders.")]
    revenue: Annotated[Money, Meta(description="What was paid for them. A later refund does not reduce it.")]
    refunds: Annotated[int, Meta(ge=0, description="Fulfilled orders that were refunded.")]
    refunded: Annotated[Money, Meta(description="What was given back.")]
    cancellations: Annotated[int, Meta(ge=0, description="Orders that were cancelled and never fulfilled.")]
    cancelled: Annotated[Money, Meta(description="What these orders would have cost.")]


class SalesPage(View, frozen=True):
    """A page of totals. Each event counts on the day on which it has happened."""

    totals: Annotated[Sequence[SalesTotal], Meta(description="At most `limit` totals.")]
    next: Cursor | None = None
