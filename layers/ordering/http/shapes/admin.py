"""Orders as administrators see them."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from ordering.domain.money import Money
from ordering.domain.order import CUSTOMER_ID_PATTERN, Status
from ordering.domain.product import SkuText
from ordering.domain.refund import RefundStatus
from ordering.domain.stock import ReservationStatus
from ordering.http.shapes.base import Cursor, OrderIdText, Time, UnreadableIds, Version, View
from ordering.http.shapes.orders import OrderView, PaymentView


class FaultView(View, frozen=True):
    """Why the last execution of the order's saga failed."""

    at: Time
    cause: Annotated[str, Meta(description="For people; it has no fixed format.")]


class HeldUnitsView(View, frozen=True):
    """Units of one product that a reservation holds, or held."""

    sku: SkuText
    quantity: Annotated[int, Meta(ge=1, description="The number of units.")]


class ReservationView(View, frozen=True):
    """The stock that is reserved for the order."""

    status: ReservationStatus
    lines: Annotated[Sequence[HeldUnitsView], Meta(description="The units of each product.")]
    created_at: Time
    updated_at: Time


class RefundView(View, frozen=True):
    """The refund of a fulfilled order, which an operator has requested."""

    status: RefundStatus
    amount: Annotated[Money, Meta(description="The amount that is given back: the whole payment.")]
    created_at: Time
    updated_at: Time


class OrderEventView(View, frozen=True):
    """An event that follows from the order's stored items."""

    id: Annotated[
        str,
        Meta(description="The event's id, under which it is published.", examples=["Zk3pQ0yE2mJw8r1tX5vL9A"]),
    ]
    type: Annotated[
        str, Meta(description="The event's type. New types may be added.", examples=["OrderConfirmed"])
    ]
    sequence: Version
    at: Time


class MailView(View, frozen=True):
    """How the customer was notified of an event, or why not."""

    event_id: Annotated[
        str, Meta(description="The id of the event that it is about.", examples=["Zk3pQ0yE2mJw8r1tX5vL9A"])
    ]
    event_type: Annotated[
        str, Meta(description="The type of the event. New types may be added.", examples=["OrderConfirmed"])
    ]
    outcome: Annotated[
        str,
        Meta(
            description=(
                "For people; it has no fixed format. `SENT`: SES has accepted the mail. `ADDRESS_REFUSED`: "
                "SES refuses the address permanently. `NO_PROFILE`: the customer has no profile, and gets "
                "no mail."
            ),
            examples=["SENT"],
        ),
    ]
    at: (
        Annotated[
            str,
            Meta(
                description="When it was done (RFC 3339). Absent if its record cannot be read.",
                examples=["2026-11-21T12:00:00.000Z"],
                extra_json_schema={"format": "date-time"},
            ),
        ]
        | None
    ) = None


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
    reservation: ReservationView | None = None
    payments: Annotated[Sequence[PaymentView], Meta(description="Every payment attempt, oldest first.")] = ()
    refund: RefundView | None = None
    events: Annotated[
        Sequence[OrderEventView],
        Meta(
            description=(
                "The events that follow from what is stored, oldest first: every change of the order's "
                "status that is published, and the last change of its reservation, its payments, its "
                "shipment and its refund. Earlier events of these are in the archive of events."
            )
        ),
    ] = ()
    mails: Annotated[
        Sequence[MailView],
        Meta(description="How the customer was notified of each event, or why not; the oldest first."),
    ] = ()


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
