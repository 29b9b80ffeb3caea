"""The enumerations of the API. Values that this release does not know are kept and raise no error."""

from enum import StrEnum
from typing import Any


class OpenEnum(StrEnum):
    """A value of an enumeration, or a newer value that this release does not know.

    An unknown value compares, prints and hashes as its text, and its `is_known` is False.
    """

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = member._value_ = value
        return member

    def __reduce_ex__(self, protocol: object) -> tuple[type[Any], tuple[str]]:
        """Pickle by value: by name, as Python 3.11.2 does, an unknown value could not be read again."""
        return type(self), (self.value,)

    @property
    def is_known(self) -> bool:
        """Whether this release of the client knows the value."""
        return self.name in type(self).__members__


class OrderStatus(OpenEnum):
    """The status of an order."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    FULFILLED = "FULFILLED"
    REJECTING = "REJECTING"
    REJECTED = "REJECTED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"

    @property
    def is_terminal(self) -> bool:
        """Whether the order has ended. An unknown status counts as not ended."""
        return self in (OrderStatus.FULFILLED, OrderStatus.REJECTED, OrderStatus.CANCELLED)


class Reason(OpenEnum):
    """Why an order was not fulfilled."""

    OUT_OF_STOCK = "OUT_OF_STOCK"
    PAYMENT_DECLINED = "PAYMENT_DECLINED"
    CAPTURE_REFUSED = "CAPTURE_REFUSED"
    SHIPMENT_REFUSED = "SHIPMENT_REFUSED"
    CUSTOMER_REQUEST = "CUSTOMER_REQUEST"


class ExportStatus(OpenEnum):
    """The status of a copy of the caller's data."""

    RUNNING = "RUNNING"
    SENT = "SENT"
    NOT_SENT = "NOT_SENT"


class Language(OpenEnum):
    """A language of mail to the customer, as a tag of BCP 47."""

    EN = "en"
    DE = "de"
    FR = "fr"


class WaitingFor(OpenEnum):
    """The provider that is unavailable and that the order waits for."""

    PAYMENT_PROVIDER = "PAYMENT_PROVIDER"
    CARRIER = "CARRIER"


class PaymentStatus(OpenEnum):
    """The status of a payment."""

    PREPARED = "PREPARED"
    AUTHORISED = "AUTHORISED"
    DECLINED = "DECLINED"
    CAPTURED = "CAPTURED"
    CAPTURE_REFUSED = "CAPTURE_REFUSED"
    VOIDED = "VOIDED"
    REFUNDED = "REFUNDED"


class ShipmentStatus(OpenEnum):
    """The status of a shipment."""

    INTENDED = "INTENDED"
    BOOKED = "BOOKED"
    REFUSED = "REFUSED"
    DISPATCHED = "DISPATCHED"
    CANCELLED = "CANCELLED"


class ReservationStatus(OpenEnum):
    """The status of a reservation."""

    HELD = "HELD"
    COMMITTED = "COMMITTED"
    RELEASED = "RELEASED"


class RefundStatus(OpenEnum):
    """The status of a refund."""

    REQUESTED = "REQUESTED"
    REFUNDED = "REFUNDED"


class ImageType(OpenEnum):
    """The media types of images that can be uploaded."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"


class ImageStatus(OpenEnum):
    """The status of an image."""

    PENDING = "PENDING"
    READY = "READY"
    REFUSED = "REFUSED"


class ImageRefusal(OpenEnum):
    """Why an upload was refused."""

    NOT_AN_IMAGE = "NOT_AN_IMAGE"
    DAMAGED = "DAMAGED"
    TOO_LARGE = "TOO_LARGE"
    ANIMATED = "ANIMATED"


class ThumbnailSize(OpenEnum):
    """The sizes of thumbnails: the longer side has at most 320, 800 or 1600 pixels."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class WebhookStatus(OpenEnum):
    """Whether events are sent to a webhook endpoint."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"


class WebhookDisabledReason(OpenEnum):
    """Why a webhook endpoint was disabled."""

    GONE = "GONE"
    NOT_ACKNOWLEDGED = "NOT_ACKNOWLEDGED"


class WebhookDeliveryStatus(OpenEnum):
    """The status of the delivery of an event to a webhook endpoint."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    DISCARDED = "DISCARDED"


class ProblemType(OpenEnum):
    """The `type` of a problem (`application/problem+json`)."""

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
    IMAGE_NOT_FOUND = "urn:problem-type:image-not-found"
    PROFILE_NOT_FOUND = "urn:problem-type:profile-not-found"
    WEBHOOK_NOT_FOUND = "urn:problem-type:webhook-not-found"
    QUEUE_NOT_FOUND = "urn:problem-type:queue-not-found"
    PRICE_CHANGED = "urn:problem-type:price-changed"
    TOO_LATE_TO_CANCEL = "urn:problem-type:too-late-to-cancel"
    NOT_ENOUGH_STOCK = "urn:problem-type:not-enough-stock"
    STOCK_IS_HELD = "urn:problem-type:stock-is-held"
    TOO_MANY_IMAGES = "urn:problem-type:too-many-images"
    EXPORT_NOT_FOUND = "urn:problem-type:export-not-found"
    EXPORT_TOO_SOON = "urn:problem-type:export-too-soon"
    PROFILE_REQUIRED = "urn:problem-type:profile-required"
    TOO_MANY_WEBHOOKS = "urn:problem-type:too-many-webhooks"
    PRECONDITION_FAILED = "urn:problem-type:precondition-failed"
    PRECONDITION_REQUIRED = "urn:problem-type:precondition-required"
    TOKEN_REFUSED = "urn:problem-type:token-refused"  # noqa: S105 (a type, not a token)
    BUSY = "urn:problem-type:busy"
    UNAVAILABLE = "urn:problem-type:unavailable"
    UNREADABLE_RECORD = "urn:problem-type:unreadable-record"
    INTERNAL = "urn:problem-type:internal"

    @property
    def slug(self) -> str:
        """The short name of the type: `unknown-sku`."""
        return self.value.rpartition(":")[2]


class MetricPeriod(OpenEnum):
    """How much time the graphs of metrics cover."""

    THREE_HOURS = "3h"
    TWELVE_HOURS = "12h"
    DAY = "1d"
    WEEK = "7d"


class MetricUnit(OpenEnum):
    """What the values of a graph are. `MONEY`: minor units of the currency that is the line's label."""

    COUNT = "count"
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    MONEY = "money"


class MetricsDashboard(OpenEnum):
    """The dashboard that a graph belongs to."""

    BUSINESS = "business"
    MACHINERY = "machinery"


class SalesBy(OpenEnum):
    """How totals of sales are grouped, in addition to their currency."""

    DAY = "day"
    PRODUCT = "product"
    CATEGORY = "category"
    CURRENCY = "currency"
