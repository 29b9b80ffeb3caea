"""How many orders a driver drives at once: fewer if executions time out or become slow, then more again.

Each process of `drive_order` has its own limit, as each TCP connection does: load that slows one process
slows all, so they reach the same limit without communication. A time-out halves the limit, at most once for
orders that were begun together (multiplicative decrease, RFC 5681). Slowness reduces it by one: by then the
host is busy, and more concurrency would make no order end sooner (TCP Vegas; Brakmo and Peterson, 1995).
Otherwise it grows: it doubles with each round until an execution times out or is slow for the first time, and
then grows by one with each round.

Times are seconds.
"""

from enum import Enum, auto

from msgspec import Struct
from msgspec.structs import replace

INITIAL_LIMIT = 2.0
MIN_LIMIT = 0.25
# An execution that takes no longer than this never counts as slow.
QUICK_SECONDS = 5.0
# Multiples of the quickest execution's time: up to the first, the limit grows; above the second, it shrinks.
NOT_SLOW, SLOW = 2.0, 3.0
# With each execution, the quickest time grows by this factor, since executions may become permanently slower.
_QUICKEST_GROWTH = 1.01


class LoadSignal(Enum):
    """What the end of an execution shows about the load."""

    ENDED = auto()
    """It succeeded; the time that it took is the signal."""
    CONGESTED = auto()
    """It timed out, or was throttled."""
    NOTHING = auto()
    """It failed for another reason."""


class Concurrency(Struct, frozen=True):
    """The limit. Below 1, it is the probability that an invocation drives an order at all."""

    limit: float = INITIAL_LIMIT
    growing: bool = True
    """Whether no execution has timed out or was slow so far."""
    quickest: float | None = None
    """The time of the quickest recent execution, in seconds."""
    reduced_at: float = float("-inf")
    """When the limit was last reduced, by the caller's clock."""

    def admitted(self, most: int, chance: float) -> int:
        """Return how many orders to drive at once, up to `most`; `chance` is a random number from 0 to 1."""
        if self.limit < 1:
            return int(chance < self.limit)
        return min(most, int(self.limit))

    def after(self, signal: LoadSignal, *, begun: float, now: float, most: int) -> "Concurrency":
        """Return the limit after an execution from `begun` to `now`; it is at most `most`."""
        match signal:
            case LoadSignal.NOTHING:
                return self
            case LoadSignal.CONGESTED:
                if begun < self.reduced_at:
                    # Executions that were begun together count as one signal.
                    return self
                limit = max(MIN_LIMIT, min(self.limit, most) / 2)
                return replace(self, limit=limit, growing=False, reduced_at=now)
        duration = now - begun
        quickest = min(duration, (self.quickest or duration) * _QUICKEST_GROWTH)
        if duration <= QUICK_SECONDS or duration <= NOT_SLOW * quickest:
            increase = 1.0 if self.growing or self.limit < 1 else 1 / self.limit
            return replace(self, limit=min(float(most), self.limit + increase), quickest=quickest)
        if duration > SLOW * quickest and begun >= self.reduced_at:
            limit = max(1.0, self.limit - 1)
            return replace(self, limit=limit, growing=False, quickest=quickest, reduced_at=now)
        return replace(self, quickest=quickest)
