"""How many orders a driver drives at once: fewer if executions time out or become slow, then more again.

Each process of `drive_order` has its own limit, as each TCP connection does: load that slows one process
slows all, so they reach the same limit without communication. A time-out halves the limit, at most once for
orders that were begun together (multiplicative decrease, RFC 5681). Slowness reduces it by one: by then the
host is busy, and more concurrency would end nothing sooner (TCP Vegas; Brakmo and Peterson, 1995). Otherwise
it grows, by one for each round, and twofold until an execution is slow for the first time.

Times are seconds.
"""

from enum import Enum, auto

from msgspec import Struct
from msgspec.structs import replace

FIRST = 2.0
LEAST = 0.25
# An execution as quick as this is never slow, whatever the quickest one took.
QUICK_SECONDS = 5.0
# Of how many times the quickest: up to the first there may be more at once, above the second there are fewer.
NOT_SLOW, SLOW = 2.0, 3.0
# The quickest is forgotten by so much with each execution: what is needed may change for good.
_FORGETTING = 1.01


class LoadSignal(Enum):
    """What an execution said of how much can be done at once."""

    ENDED = auto()
    """It succeeded; how long it took is the sign."""
    CONGESTED = auto()
    """It ran out of time, or was throttled."""
    NOTHING = auto()


class Concurrency(Struct, frozen=True):
    """The figure: below 1 it is the chance that an invocation drives an order at all."""

    limit: float = FIRST
    growing: bool = True
    """Whether nothing has been slow yet."""
    quickest: float | None = None
    """How long the quickest execution takes, of those of late."""
    fewer_since: float = float("-inf")
    """When it was made smaller last, by the caller's clock."""

    def admitted(self, most: int, chance: float) -> int:
        """How many orders to drive at once, `most` at most; `chance` is drawn from 0 to 1."""
        if self.limit < 1:
            return int(chance < self.limit)
        return min(most, int(self.limit))

    def after(self, sign: LoadSignal, *, begun: float, now: float, most: int) -> "Concurrency":
        """The figure after an execution that was begun and has ended at these times; `most` bounds it."""
        match sign:
            case LoadSignal.NOTHING:
                return self
            case LoadSignal.CONGESTED:
                if begun < self.fewer_since:
                    # Those that were begun together are one sign.
                    return self
                limit = max(LEAST, min(self.limit, most) / 2)
                return replace(self, limit=limit, growing=False, fewer_since=now)
        took = now - begun
        quickest = min(took, (self.quickest or took) * _FORGETTING)
        if took <= QUICK_SECONDS or took <= NOT_SLOW * quickest:
            more = 1.0 if self.growing or self.limit < 1 else 1 / self.limit
            return replace(self, limit=min(float(most), self.limit + more), quickest=quickest)
        if took > SLOW * quickest and begun >= self.fewer_since:
            limit = max(1.0, self.limit - 1)
            return replace(self, limit=limit, growing=False, quickest=quickest, fewer_since=now)
        return replace(self, quickest=quickest)
