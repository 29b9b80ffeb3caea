"""The events of an order's payment. They contain no payment token."""

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from ordering.domain.events.envelope import Amount, Event, OrderIdText
from ordering.domain.events.types import ItemKind
from ordering.domain.payment import PaymentStatus


class PaymentEvent(Event, frozen=True, kw_only=True):
    """What the events of a payment share."""

    KIND: ClassVar[ItemKind] = ItemKind.PAYMENT

    order_id: OrderIdText
    attempt: Annotated[
        int, Meta(ge=1, description="1, or 2 if the capture of the first authorisation was refused.")
    ]
    payment_id: Annotated[
        str, Meta(description="The payment's id at the payment provider.", examples=["pay_5b3f6c1e"])
    ]
    old_status: PaymentStatus | UnsetType = UNSET
    amount: Amount

    @property
    def attempt_number(self) -> int:
        """The payment's attempt."""
        return self.attempt


class PaymentAuthorised(PaymentEvent, frozen=True, kw_only=True):
    """The order's total is reserved at the payment provider. Nothing is charged yet."""

    new_status: Literal["AUTHORISED"]


class PaymentDeclined(PaymentEvent, frozen=True, kw_only=True):
    """The payment provider has declined the payment. Nothing is charged."""

    new_status: Literal["DECLINED"]
    reason: (
        Annotated[
            str,
            Meta(
                description="The provider's code for the refusal. New codes may be added.",
                examples=["insufficient_funds"],
            ),
        ]
        | UnsetType
    ) = UNSET


class PaymentCaptured(PaymentEvent, frozen=True, kw_only=True):
    """The customer was charged."""

    new_status: Literal["CAPTURED"]


class PaymentRefunded(PaymentEvent, frozen=True, kw_only=True):
    """The customer was charged, and has got the whole amount back.

    If `oldStatus` is not CAPTURED, the charge became known only with its refund: then no PaymentCaptured was
    published.
    """

    new_status: Literal["REFUNDED"]
