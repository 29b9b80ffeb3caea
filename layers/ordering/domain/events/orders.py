"""The events of an order. They contain ids, but neither an address nor a payment token."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from ordering.domain import canary
from ordering.domain.events.envelope import Amount, Event, EventTime, OrderIdText, check_time
from ordering.domain.events.types import ItemKind
from ordering.domain.order import Status
from ordering.domain.product import SkuText

_Reason = Annotated[
    str,
    Meta(
        description=(
            "Why the order is not fulfilled: OUT_OF_STOCK, PAYMENT_DECLINED, CAPTURE_REFUSED, "
            "SHIPMENT_REFUSED or CUSTOMER_REQUEST. New reasons may be added."
        ),
        examples=["PAYMENT_DECLINED"],
    ),
]


class OrderedLine(Struct, frozen=True, kw_only=True, rename="camel"):
    """Units of one product, with its name and unit price at the time of the order."""

    sku: SkuText
    name: Annotated[str, Meta(description="The product's name when the order was placed.")]
    quantity: Annotated[int, Meta(ge=1, description="The number of units.", examples=[2])]
    unit_price: Amount
    category: (
        Annotated[
            str,
            Meta(
                description="The product's category when the order was placed, if it had one.",
                examples=["coffee-mugs"],
            ),
        ]
        | UnsetType
    ) = UNSET


class OrderEvent(Event, frozen=True, kw_only=True):
    """What the events of an order share."""

    KIND: ClassVar[ItemKind] = ItemKind.ORDER

    order_id: OrderIdText
    customer_id: Annotated[
        str,
        Meta(
            description="The customer's id, as administrators see it. It is no name and no address.",
            examples=["9f86d081884c7d659a2feaa0c55ad015"],
        ),
    ]
    lines: Annotated[Sequence[OrderedLine], Meta(description="In the order in which they were sent.")]
    total: Annotated[Amount, Meta(description="The amount that is charged, once.")]
    old_status: Status | UnsetType = UNSET
    placed_at: Annotated[EventTime, Meta(description="When the order was placed.")]
    event_id: (
        Annotated[
            str,
            Meta(
                description=(
                    "Deprecated: use `id`. For consumers of the previous release, which also read `at`, "
                    "`version`, `old`, `new` and `changed`. All six are removed in the next release."
                ),
                extra_json_schema={"deprecated": True},
            ),
        ]
        | UnsetType
    ) = UNSET

    def __post_init__(self) -> None:
        """Raises ValueError if a time is not a time."""
        super().__post_init__()
        check_time(self.placed_at)

    @property
    def is_canary(self) -> bool:
        """Whether the order is a canary order, which concerns neither the business nor a customer."""
        return [line.sku for line in self.lines] == [canary.SKU]


class OrderPlaced(OrderEvent, frozen=True, kw_only=True):
    """A customer has placed an order. No money has been taken."""

    new_status: Literal["PENDING"]


class OrderConfirmed(OrderEvent, frozen=True, kw_only=True):
    """The order's stock is reserved and its payment is authorised."""

    new_status: Literal["CONFIRMED"]


class OrderFulfilled(OrderEvent, frozen=True, kw_only=True):
    """The order is paid and dispatched. Its stock has left the warehouse."""

    new_status: Literal["FULFILLED"]


class OrderRejected(OrderEvent, frozen=True, kw_only=True):
    """The order could not be confirmed. It will be neither charged nor delivered."""

    new_status: Literal["REJECTED"]
    reason: _Reason | UnsetType = UNSET


class OrderCancelRequested(OrderEvent, frozen=True, kw_only=True):
    """The order's customer has cancelled it. Stock and payment are being given back."""

    new_status: Literal["CANCELLING"]
    reason: _Reason | UnsetType = UNSET


class OrderCancelled(OrderEvent, frozen=True, kw_only=True):
    """The order was cancelled. It will not be delivered, and the customer is charged nothing."""

    new_status: Literal["CANCELLED"]
    reason: _Reason | UnsetType = UNSET
