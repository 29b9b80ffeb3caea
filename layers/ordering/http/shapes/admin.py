"""Orders as administrators see them."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from ordering.domain.order import CUSTOMER_ID_PATTERN, Status
from ordering.http.shapes.base import Cursor, OrderIdText, Time, UnreadableIds, View
from ordering.http.shapes.orders import OrderView


class FaultView(View, frozen=True):
    """Why the last execution of the order's saga failed."""

    at: Time
    cause: Annotated[str, Meta(description="For people; it has no fixed format.")]


class AnyOrderView(OrderView, frozen=True, kw_only=True):
    """An order as an administrator sees it: with its customer, and the reason if processing has stopped.

    `attempts` counts the retries by the scheduled sweep; if `parkedAt` is present, the sweep no longer
    retries.
    """

    customer_id: Annotated[
        str,
        Meta(
            description="The id of the customer.",
            pattern=CUSTOMER_ID_PATTERN,
            examples=["9f86d081884c7d659a2feaa0c55ad015"],
        ),
    ]
    attempts: Annotated[
        int, Meta(ge=0, description="How often the scheduled sweep has retried the order.")
    ] = 0
    parked_at: Time | None = None
    fault: FaultView | None = None


class OpenOrderView(View, frozen=True):
    """An order that has not reached a final status."""

    order_id: OrderIdText
    status: Status
    created_at: Time
    updated_at: Time


class OpenOrders(View, frozen=True):
    """A page of open orders, least recently changed first."""

    orders: Annotated[Sequence[OpenOrderView], Meta(description="At most `limit` orders.")]
    next: Cursor | None = None
    unreadable: UnreadableIds = ()
