"""Following an order to its end."""

import random
from collections.abc import Callable

from orders_client.answers import Order
from orders_client.errors import OrderStillOpen
from orders_client.retrying import Clock

# Most orders end within a second or two, and those that do not wait for something slow.
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 3.0
_GROWTH = 1.5
# A look needs some time of its own, also the last one.
_LEAST_LOOK = 1.0


def until_ended(read: Callable[[float], Order], deadline: float, clock: Clock) -> Order:
    """Read the order, which `read` does within the seconds it is given, until its status is terminal.

    Raises OrderStillOpen, and what `read` raises.
    """
    if deadline <= 0:
        raise ValueError(f"deadline takes seconds, above 0: {deadline}")
    ends = clock.monotonic() + deadline
    pause = _FIRST_PAUSE
    while True:
        order = read(max(ends - clock.monotonic(), _LEAST_LOOK))
        if order.status.is_terminal:
            return order
        left = ends - clock.monotonic()
        if left <= 0:
            raise OrderStillOpen(order, deadline)
        # Jitter, so that the followers of orders placed together do not look all at once.
        clock.sleep(min(left, random.uniform(pause / 2, pause)))  # noqa: S311 - it guards no secret
        pause = min(_LONGEST_PAUSE, pause * _GROWTH)
