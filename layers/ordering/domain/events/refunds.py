"""The events of a fulfilled order's refund, which an operator has requested."""

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from ordering.domain.events.envelope import Amount, Event, OrderIdText
from ordering.domain.events.types import ItemKind
from ordering.domain.refund import RefundStatus


class OrderRefundEvent(Event, frozen=True, kw_only=True):
    """What the events of a refund share."""

    KIND: ClassVar[ItemKind] = ItemKind.REFUND

    order_id: OrderIdText
    attempt: Annotated[
        int, Meta(ge=1, description="The attempt of the payment that is refunded, as in `PaymentCaptured`.")
    ]
    amount: Annotated[Amount, Meta(description="The amount that is given back: the whole payment.")]
    old_status: RefundStatus | UnsetType = UNSET


class OrderRefundRequested(OrderRefundEvent, frozen=True, kw_only=True):
    """An operator has requested the refund of a fulfilled order, and it will be made."""

    new_status: Literal["REQUESTED"]


class OrderRefunded(OrderRefundEvent, frozen=True, kw_only=True):
    """The payment of a fulfilled order was refunded. The order stays fulfilled: it was dispatched."""

    new_status: Literal["REFUNDED"]
