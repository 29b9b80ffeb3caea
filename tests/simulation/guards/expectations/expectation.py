"""What the suite expects of guards: which guarantee breaks without them, and in which trial."""

from dataclasses import dataclass
from typing import Generic

from ordering.guards import Guard
from tests.simulation.guards.trial import S, Search


@dataclass(frozen=True)
class NeededGuard(Generic[S]):
    """Guards without which a guarantee breaks: that of the first of them."""

    name: str
    """What happens without them."""
    search: Search[S]
    off: tuple[Guard, ...]
    behind: tuple[Guard, ...] = ()
    """The guards behind them: the guarantee breaks only if these are off as well."""
    because: str = ""
    """Why one of the two is sufficient."""

    @property
    def breaks(self) -> int | None:
        """The number of the guarantee that breaks."""
        return self.off[0].guarantee

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class RedundantGuard(Generic[S]):
    """Guards without which no guarantee breaks. `because` says what they are for."""

    name: str
    search: Search[S]
    off: tuple[Guard, ...]
    because: str

    def __str__(self) -> str:
        return self.name
