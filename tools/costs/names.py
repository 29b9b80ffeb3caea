"""The names of the counted journeys."""

LINES = (1, 3, 10)
"""For how many lines of an order its journey is counted."""
AT_ONCE = 10
"""How many orders share the batches of a busy backend: a batch of the order queue."""

OUT_OF_STOCK = "out of stock"
DECLINED = "declined"
CANCELLED_EARLY = "cancelled before it is driven"
CANCELLED = "cancelled after it was confirmed"
REFUNDED = "shipment refused, refunded"
READ = "an order is read"


def fulfilled(lines: int, *, mail: bool = False, at_once: bool = False) -> str:
    """Returns the name of the journey of fulfilled orders. Raises ValueError if that size is not counted."""
    if lines not in LINES:
        known = ", ".join(map(str, LINES))
        raise ValueError(f"LINES={lines}: orders of {known} lines are counted; choose one of these")
    size = f"{lines} line{'s' if lines > 1 else ''}"
    return f"fulfilled, {size}{', with mail' if mail else ''}{', ten at once' if at_once else ''}"
