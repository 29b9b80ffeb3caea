"""Which of the rules are in force: all of them, or all but one that a test takes away."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """The settings of a simulation, and the rules. Those of `BEFORE` are how it was without them."""

    drivers: int = 20
    batch: int = 10
    bound: int = 900
    lease: bool = True
    circuit: bool = True
    adaptive: bool = True
    """Whether drivers do less at once when steps run out of time."""
    hands_over: bool = True
    """Whether an order is left to the sweep at its message's last receive."""
    parks_its_own: bool = True
    """Whether only an order whose fault is its own is parked; otherwise every order, at the fifth nudge."""
    spares_waiting: bool = True
    """Whether the sweep leaves orders alone whose message may still be in the queue."""
    sweeps: int | None = None
    """How many orders a sweep brings back at most; None: as many as the drivers take up."""

    @property
    def at_once(self) -> int:
        """How many orders the drivers drive at the same time."""
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
