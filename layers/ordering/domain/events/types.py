"""The types of events, and the kinds of items whose changes they are derived from."""

from enum import StrEnum


class EventType(StrEnum):
    """Every type of event. The class of a type has the same name as the value."""

    ORDER_PLACED = "OrderPlaced"
    ORDER_CONFIRMED = "OrderConfirmed"
    ORDER_FULFILLED = "OrderFulfilled"
    ORDER_REJECTED = "OrderRejected"
    ORDER_CANCEL_REQUESTED = "OrderCancelRequested"
    ORDER_CANCELLED = "OrderCancelled"
    ORDER_REFUND_REQUESTED = "OrderRefundRequested"
    ORDER_REFUNDED = "OrderRefunded"
    PAYMENT_AUTHORISED = "PaymentAuthorised"
    PAYMENT_DECLINED = "PaymentDeclined"
    PAYMENT_CAPTURED = "PaymentCaptured"
    PAYMENT_REFUNDED = "PaymentRefunded"
    STOCK_RESERVED = "StockReserved"
    STOCK_RELEASED = "StockReleased"
    STOCK_LOW = "StockLow"
    SHIPMENT_BOOKED = "ShipmentBooked"
    SHIPMENT_DISPATCHED = "ShipmentDispatched"
    PRODUCT_ADDED = "ProductAdded"
    PRODUCT_CHANGED = "ProductChanged"
    PRODUCT_REMOVED = "ProductRemoved"
    WEBHOOK_DISABLED = "WebhookDisabled"


class ItemKind(StrEnum):
    """The kinds of items whose changes are published."""

    ORDER = "ORDER"
    RESERVATION = "RESERVATION"
    SHIPMENT = "SHIPMENT"
    PAYMENT = "PAYMENT"
    REFUND = "REFUND"
    PRODUCT = "PRODUCT"
    STOCK = "STOCK"
    WEBHOOK = "WEBHOOK"
