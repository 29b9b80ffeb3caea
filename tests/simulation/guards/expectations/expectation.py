"""What the suite expects of guards: which guarantee breaks without them, and where that shows."""

from dataclasses import dataclass
from typing import Generic

from ordering.guards import Guard
from tests.simulation.guards.trial import S, Search


@dataclass(frozen=True)
class NeededGuard(Generic[S]):
    """Guards without which a guarantee breaks: the one that the first of them keeps."""

    name: str
    """What happens without them."""
    search: Search[S]
    off: tuple[Guard, ...]
    behind: tuple[Guard, ...] = ()
    """The guards behind them, to be switched off as well before anything is missed."""
    because: str = ""
    """Why one of the two is enough."""

    @property
    def breaks(self) -> int | None:
        """The number of the guarantee that breaks."""
        return self.off[0].guarantee

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class RedundantGuard(Generic[S]):
    """Guards without which no guarantee breaks: what they save is told by `because`."""

    name: str
    search: Search[S]
    off: tuple[Guard, ...]
    because: str

    def __str__(self) -> str:
        return self.name
