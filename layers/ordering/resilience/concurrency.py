"""How many orders a driver drives at once: fewer when steps run out of time, and more again after that.

Each process of `drive_order` keeps its own figure, as each connection of TCP does (additive increase,
multiplicative decrease; RFC 5681): what is slow for one is slow for all, so they come to the same without
a word. It starts small and doubles until the first time-out, which spares a cold start.
"""

from msgspec import Struct

FIRST = 2.0
LEAST = 0.25
# An execution that took longer than this (seconds) is no reason to do more at once.
SLOW_SECONDS = 30.0


class Concurrency(Struct, frozen=True):
    """The figure: below 1 it is the chance that an invocation drives an order at all."""

    limit: float = FIRST
    growing: bool = True
    """Whether nothing has run out of time yet."""

    def admitted(self, most: int, chance: float) -> int:
        """How many orders to drive at once, `most` at most; `chance` is drawn from 0 to 1."""
        if self.limit < 1:
            return int(chance < self.limit)
        return min(most, int(self.limit))

    def after(self, *, most: int, clean: int, congested: int) -> "Concurrency":
        """The figure after a batch: of its executions, how many were clean, and how many ran out of time."""
        if congested:
            return Concurrency(max(LEAST, min(self.limit, most) / 2), growing=False)
        if not clean:
            return self
        more = self.limit * 2 if self.growing or self.limit < 1 else self.limit + 1
        return Concurrency(min(float(most), more), self.growing)
