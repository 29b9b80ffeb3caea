"""The active rules: all of them, or all except one that a test removes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """The settings of a stage, and the rules. `BEFORE` is the behaviour without them."""

    drivers: int = 20
    batch: int = 10
    bound: int = 900
    lease: bool = True
    circuit: bool = True
    adaptive: bool = True
    """Whether drivers reduce their concurrency when steps time out."""
    hands_over: bool = True
    """Whether an order is left to the sweep at its message's last receive."""
    parks_its_own: bool = True
    """Whether an order is parked only for a fault of its own; otherwise every order, at the fifth nudge."""
    spares_waiting: bool = True
    """Whether the sweep skips orders whose message may still be in the queue."""
    sweeps: int | None = None
    """How many orders a sweep nudges at most; None: as many as the drivers can take."""

    @property
    def at_once(self) -> int:
        """Returns how many orders the drivers drive at the same time."""
        return self.drivers * self.batch


BEFORE = Rules(
    lease=False,
    circuit=False,
    adaptive=False,
    hands_over=False,
    parks_its_own=False,
    spares_waiting=False,
    sweeps=100,
)
