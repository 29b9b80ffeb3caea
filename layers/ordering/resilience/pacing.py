"""When an order is driven on again: by the queue at first, and by the sweep after that."""

from datetime import datetime
from zlib import crc32

from ordering import guards
from ordering.guards import Guard

# SQS itself has no back-off: a message that failed would come back at the end of its visibility
# time-out, always the same. 15 s, 30 s, 1 min … 15 min, each less some jitter.
BACK_OFF_SECONDS = 15
LONGEST_BACK_OFF_SECONDS = 900
# After so many receives it grows no more.
_DOUBLINGS = 6

# A message is received so often at most, and then it is a dead letter. An order is driven by its message up
# to the last attempt. A message that comes after that (its driver died, or had no time for it) is not
# driven any more: the order is handed over to the sweep, and there is another receive to do it in.
LAST_RECEIVE = 8
LAST_ATTEMPT = LAST_RECEIVE - 2

# The sweep's nudges grow apart up to this; so an order is driven within the hour after an outage.
LONGEST_NUDGE_SECONDS = 1800


def back_off_seconds(receives: int, jitter: float) -> int:
    """How long a message that failed stays away, at its nth receive; `jitter` is from 0 to 1."""
    # To double it without end would be to compute a number without end.
    longest = min(BACK_OFF_SECONDS << min(receives - 1, _DOUBLINGS), LONGEST_BACK_OFF_SECONDS)
    return round(longest * (1 - jitter / 2))


def nudge_delay_seconds(bound: int, attempts: int, order_id: str) -> float:
    """How long after the last attempt the sweep drives an order on that it has driven `attempts` times.

    `bound` (seconds), twice that, four times that, up to half an hour, each less up to half of it. The
    jitter is made of the order and the attempt: every sweep comes to the same result, without a note.
    """
    longest = min(bound << max(0, min(attempts, 20)), max(bound, LONGEST_NUDGE_SECONDS))
    jitter = crc32(f"{order_id}#{attempts}".encode()) / 2**32
    return longest * (1 - jitter / 2)


def is_due(
    order_id: str, attempts: int, nudged_at: str | None, *, now: str, bound: int, recovered_at: str | None
) -> bool:
    """Whether an order that has not moved within the bound is to be driven on now.

    `nudged_at` is the moment of the last attempt, or that at which its message comes back. An order that
    has waited for a provider is due as soon as the provider has recovered (`recovered_at`).
    """
    if nudged_at is None:
        return True
    if recovered_at is not None and nudged_at < recovered_at <= now:
        return True
    waited = (datetime.fromisoformat(now) - datetime.fromisoformat(nudged_at)).total_seconds()
    delay = guards.perform(Guard.NUDGE_BOUNDED, nudge_delay_seconds, bound, attempts, order_id)
    return waited >= delay


def is_handed_over(receives: int, attempts: int, *, away: bool) -> bool:
    """Whether an order that could not be driven is left to the sweep, and its message is done with.

    Otherwise the message comes back after its back-off. An order that the sweep has driven before is
    the sweep's already: one attempt for each nudge. `away`: whether a circuit is open.
    """
    return away or attempts > 0 or receives >= LAST_ATTEMPT


def room_in_queue(waiting: int, at_once: int) -> int:
    """How many messages the sweep may add to a queue in which `waiting` could be received.

    `at_once` is how many orders the drivers drive at the same time. The queue is kept just full enough for
    them not to wait: whatever is placed meanwhile stands behind it.
    """
    return max(0, 4 * at_once - waiting)


def is_behind(waiting: int, at_once: int) -> bool:
    """Whether the queue is behind, so that an order that has not moved may have its message still there."""
    return waiting >= at_once
