"""Waits until an order has ended."""

import random
from collections.abc import Callable

from orders_client.errors import OrderStillOpen
from orders_client.responses import Order
from orders_client.retrying import Clock

# In seconds. Most orders end within two seconds; the others wait for a slow service.
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 3.0
_GROWTH = 1.5
# In seconds: the minimum for a read, so that the last one can succeed too.
_LEAST_LOOK = 1.0


def until_ended(read: Callable[[float], Order], deadline: float, clock: Clock) -> Order:
    """Read the order until its status is final, and return it.

    `read` gets the number of seconds in which it must finish. Raises OrderStillOpen, and what `read` raises.
    """
    if deadline <= 0:
        raise ValueError(f"deadline must be more than 0 seconds: {deadline}")
    ends = clock.monotonic() + deadline
    pause = _FIRST_PAUSE
    while True:
        order = read(max(ends - clock.monotonic(), _LEAST_LOOK))
        if order.status.is_terminal:
            return order
        left = ends - clock.monotonic()
        if left <= 0:
            raise OrderStillOpen(order, deadline)
        # Random jitter, so that clients whose orders were placed at the same time do not all read at once.
        clock.sleep(min(left, random.uniform(pause / 2, pause)))  # noqa: S311 (jitter is no secret)
        pause = min(_LONGEST_PAUSE, pause * _GROWTH)
