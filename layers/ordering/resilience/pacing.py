"""When an order is driven again: first by the redelivery of its message, later by the sweep."""

from datetime import datetime
from zlib import crc32

from ordering import guards
from ordering.guards import Guard

# SQS has no back-off of its own: it would redeliver a failed message after the visibility time-out, which is
# always the same. The back-off is 15 s, 30 s, 1 min … 15 min, each less some jitter.
BACK_OFF_SECONDS = 15
LONGEST_BACK_OFF_SECONDS = 900
# The back-off is doubled at most this often.
_DOUBLINGS = 6

# After LAST_RECEIVE receives, SQS moves a message to the dead-letter queue. Up to LAST_ATTEMPT, the message
# causes an attempt to drive its order. If it is received after that (the driver has died, or had no time),
# the order is handed over to the sweep instead. One more receive is left in case that fails.
LAST_RECEIVE = 8
LAST_ATTEMPT = LAST_RECEIVE - 2

# The longest delay between two nudges of the sweep: an order is driven within the hour after an outage.
LONGEST_NUDGE_SECONDS = 1800


def back_off_seconds(receives: int, jitter: float) -> int:
    """Return how long a failed message stays hidden after its nth receive; `jitter` is from 0 to 1."""
    # The number of doublings is limited, so that the number cannot become huge.
    longest = min(BACK_OFF_SECONDS << min(receives - 1, _DOUBLINGS), LONGEST_BACK_OFF_SECONDS)
    return round(longest * (1 - jitter / 2))


def nudge_delay_seconds(bound: int, attempts: int, order_id: str) -> float:
    """Return the delay between two attempts of the sweep, for an order that it has driven `attempts` times.

    The delay is `bound` (seconds), twice that, four times that, and so on up to half an hour. Jitter shortens
    each delay by up to half. The jitter is derived from the order and the attempt, so that every sweep
    computes the same delay.
    """
    longest = min(bound << max(0, min(attempts, 20)), max(bound, LONGEST_NUDGE_SECONDS))
    jitter = crc32(f"{order_id}#{attempts}".encode()) / 2**32
    return longest * (1 - jitter / 2)


def is_due(
    order_id: str, attempts: int, nudged_at: str | None, *, now: str, bound: int, recovered_at: str | None
) -> bool:
    """Whether the sweep must now drive an order that has had no transition within the bound.

    `nudged_at` is the time of the last attempt, or the time at which its message is redelivered. An order
    that waits for a provider is due as soon as the provider has recovered (`recovered_at`).
    """
    if nudged_at is None:
        return True
    if recovered_at is not None and nudged_at < recovered_at <= now:
        return True
    waited = (datetime.fromisoformat(now) - datetime.fromisoformat(nudged_at)).total_seconds()
    delay = guards.perform(Guard.NUDGE_BOUNDED, nudge_delay_seconds, bound, attempts, order_id)
    return waited >= delay


def is_handed_over(receives: int, attempts: int, *, away: bool) -> bool:
    """Whether an order that could not be driven is left to the sweep, so that its message is deleted.

    Otherwise the message is redelivered after its back-off. An order that the sweep has driven before stays
    with the sweep: each nudge causes one attempt. `away`: whether a circuit is open.
    """
    return away or attempts > 0 or receives >= LAST_ATTEMPT


def room_in_queue(waiting: int, at_once: int) -> int:
    """Return how many messages the sweep may add to a queue with `waiting` messages.

    `at_once` is how many orders the drivers drive at the same time. The queue gets just enough messages that
    drivers do not wait: new orders have to wait until these are processed.
    """
    return max(0, 4 * at_once - waiting)


def is_behind(waiting: int, at_once: int) -> bool:
    """Whether the queue is behind: the message of an order without progress may still be in it."""
    return waiting >= at_once
