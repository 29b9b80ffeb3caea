"""The names of the counted journeys, of their steps, and of the counted jobs."""

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


# The queues of every order. Any other has the name of the function that it feeds.
_QUEUES = {"drive_order": "order queue", "notify_customer": "notifications queue"}


def queue_of(function: str) -> str:
    """Returns the step that has the requests to the queue that feeds a function."""
    return _QUEUES.get(function, f"queue of {function}")


COUNTED_ORDERS = (1, 100, 300)
"""For how many orders of a customer each job is counted."""
TOTALS = "totals of an order of one line"


def export(orders: int) -> str:
    """Returns the name of the job that exports the data of a customer with so many orders."""
    return f"export of a customer with {_counted(orders)}"


def removal(orders: int) -> str:
    """Returns the name of the job that removes the data of a customer with so many orders."""
    return f"removal of a customer with {_counted(orders)}"


def _counted(orders: int) -> str:
    return f"{orders:,} order{'s' if orders > 1 else ''}"
