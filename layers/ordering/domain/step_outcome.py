"""What a step of the saga answers. A business outcome is data; only a fault is an exception."""

from enum import StrEnum


class StepOutcome(StrEnum):
    """The words on which the state machine's choices turn, besides an order's own statuses."""

    # Somebody else moved the order on: load it again and see.
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

    # Nothing of this kind is left to undo.
    SETTLED = "SETTLED"
