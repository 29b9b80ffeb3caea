"""The outcome that a step of the saga returns. A business outcome is data; only a fault is an exception."""

from enum import StrEnum


class StepOutcome(StrEnum):
    """Values that the state machine's Choice states branch on, besides the statuses of an order."""

    # Another execution has changed the order since it was loaded: load it again.
    STALE = "ORDER_MOVED"
    NOT_FOUND = "NOT_FOUND"
    TOO_MANY_RELOADS = "KEEPS_MOVING"

    RESERVED = "RESERVED"
    OUT_OF_STOCK = "OUT_OF_STOCK"

    AUTHORISED = "AUTHORISED"
    DECLINED = "DECLINED"

    CAPTURED = "CAPTURED"
    CAPTURE_REFUSED = "CAPTURE_REFUSED"

    BOOKED = "BOOKED"
    SHIPMENT_REFUSED = "SHIPMENT_REFUSED"

    # The compensation has nothing left to undo.
    SETTLED = "SETTLED"
