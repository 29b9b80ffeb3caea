"""Orders as their customers see them."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from ordering.domain.money import Money
from ordering.domain.order import Reason, Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.product import SkuText
from ordering.domain.shipment import ShipmentStatus
from ordering.http.shapes.base import Cursor, OrderIdText, Time, UnreadableIds, Version, View


class LineView(View, frozen=True):
    """A line of an order, with the price at the time when the order was placed."""

    sku: SkuText
    name: Annotated[str, Meta(description="The product's name when the order was placed.")]
    quantity: Annotated[int, Meta(ge=1, description="The number of units.")]
    unit_price: Annotated[Money, Meta(description="The price of one unit when the order was placed.")]
    total: Money


class PaymentView(View, frozen=True):
    """The order's payment; if there were two attempts, the second one."""

    status: PaymentStatus
    attempt: Annotated[
        int, Meta(ge=1, description="1, or 2 if the capture of the first authorisation was refused.")
    ]
    amount: Money
    updated_at: Time
    reason: (
        Annotated[
            str,
            Meta(
                description="The provider's code for a refusal. New codes may be added.",
                examples=["expired"],
            ),
        ]
        | None
    ) = None


class ShipmentView(View, frozen=True):
    """The order's shipment."""

    status: ShipmentStatus
    updated_at: Time
    tracking_number: (
        Annotated[str, Meta(description="The carrier's tracking number.", examples=["SBX67AC7C2F9402"])]
        | None
    ) = None
    reason: (
        Annotated[
            str,
            Meta(
                description=(
                    "Why the shipment was refused: the carrier's code, or `address_removed` if the address "
                    "was removed together with the customer's profile. New codes may be added."
                ),
                examples=["address_not_served"],
            ),
        ]
        | None
    ) = None


class TransitionView(View, frozen=True):
    """One change of an order's status."""

    status: Status
    at: Time
    reason: Reason | None = None


class WaitingFor(StrEnum):
    """The external system that is unavailable. Processing continues when it is available again.

    - `PAYMENT_PROVIDER`: the payment provider.
    - `CARRIER`: the carrier.
    """

    PAYMENT_PROVIDER = "PAYMENT_PROVIDER"
    CARRIER = "CARRIER"


class OrderView(View, frozen=True):
    """An order, with its payment, its shipment and its history."""

    order_id: OrderIdText
    status: Status
    lines: Annotated[Sequence[LineView], Meta(description="In the order in which they were sent.")]
    subtotal: Annotated[Money, Meta(description="The sum of the lines.")]
    tax: Annotated[Money, Meta(description="Tax that is added: always 0, since prices include it.")]
    shipping: Annotated[Money, Meta(description="The cost of delivery: currently always 0.")]
    discount: Annotated[Money, Meta(description="The discount: currently always 0.")]
    total: Annotated[Money, Meta(description="The amount that is charged, once.")]
    created_at: Time
    updated_at: Time
    version: Version
    history: Annotated[
        Sequence[TransitionView], Meta(description="Every change of the status, oldest first.")
    ]
    reason: Reason | None = None
    payment: PaymentView | None = None
    shipment: ShipmentView | None = None
    waiting_for: WaitingFor | None = None


class OrderSummaryView(View, frozen=True):
    """An order in a list: its status and its total."""

    order_id: OrderIdText
    status: Status
    total: Money
    created_at: Time
    updated_at: Time
    version: Version
    reason: Reason | None = None


class OrderPage(View, frozen=True):
    """A page of orders, newest first."""

    orders: Annotated[
        Sequence[OrderSummaryView], Meta(description="At most `limit` orders. A page may hold fewer.")
    ]
    next: Cursor | None = None
    unreadable: UnreadableIds = ()
