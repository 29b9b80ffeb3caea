"""Words that the API answers. It may learn new ones: an unknown word is kept, and breaks no client."""

from enum import StrEnum
from typing import Any


class Word(StrEnum):
    """One of a few words, or a newer one that this release does not know yet.

    An unknown word compares, prints and hashes as its text; `is_known` tells it apart.
    """

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, str):
            return None
        word = str.__new__(cls, value)
        word._name_ = word._value_ = value
        return word

    @property
    def is_known(self) -> bool:
        """Whether this release of the client knows the word."""
        return self.name in type(self).__members__


class OrderStatus(Word):
    """Where an order stands."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    FULFILLED = "FULFILLED"
    REJECTING = "REJECTING"
    REJECTED = "REJECTED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"

    @property
    def is_terminal(self) -> bool:
        """Whether the order has come to its end. An unknown status is taken for one that moves on."""
        return self in (OrderStatus.FULFILLED, OrderStatus.REJECTED, OrderStatus.CANCELLED)


class Reason(Word):
    """Why an order was not fulfilled."""

    OUT_OF_STOCK = "OUT_OF_STOCK"
    PAYMENT_DECLINED = "PAYMENT_DECLINED"
    CAPTURE_REFUSED = "CAPTURE_REFUSED"
    SHIPMENT_REFUSED = "SHIPMENT_REFUSED"
    CUSTOMER_REQUEST = "CUSTOMER_REQUEST"


class WaitingFor(Word):
    """Who is away, so that the order has to wait."""

    PAYMENT_PROVIDER = "PAYMENT_PROVIDER"
    CARRIER = "CARRIER"


class PaymentStatus(Word):
    """Where a payment stands."""

    PREPARED = "PREPARED"
    AUTHORISED = "AUTHORISED"
    DECLINED = "DECLINED"
    CAPTURED = "CAPTURED"
    CAPTURE_REFUSED = "CAPTURE_REFUSED"
    VOIDED = "VOIDED"
    REFUNDED = "REFUNDED"


class ShipmentStatus(Word):
    """Where a shipment stands."""

    INTENDED = "INTENDED"
    BOOKED = "BOOKED"
    REFUSED = "REFUSED"
    DISPATCHED = "DISPATCHED"
    CANCELLED = "CANCELLED"


class ProblemType(Word):
    """What kind of refusal a problem is: the `type` of `application/problem+json`."""

    MALFORMED_BODY = "urn:problem-type:malformed-body"
    INVALID_PARAMETER = "urn:problem-type:invalid-parameter"
    INVALID_IDEMPOTENCY_KEY = "urn:problem-type:invalid-idempotency-key"
    MISSING_IDEMPOTENCY_KEY = "urn:problem-type:missing-idempotency-key"
    NOT_ACCEPTABLE = "urn:problem-type:not-acceptable"
    BODY_TOO_LARGE = "urn:problem-type:body-too-large"
    UNSUPPORTED_CODING = "urn:problem-type:unsupported-coding"
    INVALID_BODY = "urn:problem-type:invalid-body"
    UNKNOWN_SKU = "urn:problem-type:unknown-sku"
    MIXED_CURRENCIES = "urn:problem-type:mixed-currencies"
    IDEMPOTENCY_KEY_REUSED = "urn:problem-type:idempotency-key-reused"
    ORDER_NOT_FOUND = "urn:problem-type:order-not-found"
    PRODUCT_NOT_FOUND = "urn:problem-type:product-not-found"
    PROFILE_NOT_FOUND = "urn:problem-type:profile-not-found"
    PRICE_CHANGED = "urn:problem-type:price-changed"
    TOO_LATE_TO_CANCEL = "urn:problem-type:too-late-to-cancel"
    NOT_ENOUGH_STOCK = "urn:problem-type:not-enough-stock"
    STOCK_IS_HELD = "urn:problem-type:stock-is-held"
    PRECONDITION_FAILED = "urn:problem-type:precondition-failed"
    PRECONDITION_REQUIRED = "urn:problem-type:precondition-required"
    TOKEN_REFUSED = "urn:problem-type:token-refused"  # noqa: S105 (a word, not a token)
    BUSY = "urn:problem-type:busy"
    UNAVAILABLE = "urn:problem-type:unavailable"
    INTERNAL = "urn:problem-type:internal"

    @property
    def slug(self) -> str:
        """The short name of the kind: `unknown-sku`."""
        return self.value.rpartition(":")[2]
