"""The expectations: which guarantee is violated without a guard, and in which trial."""

from dataclasses import dataclass
from typing import Generic

from ordering.guards import Guard
from tests.simulation.guards.trial import S, Search


@dataclass(frozen=True)
class NeededGuard(Generic[S]):
    """Guards without which a guarantee is violated: the guarantee of the first of them."""

    name: str
    """What happens without them."""
    search: Search[S]
    off: tuple[Guard, ...]
    behind: tuple[Guard, ...] = ()
    """The second guards: the guarantee is violated only if these are off as well."""
    because: str = ""
    """Why one of the two is sufficient."""

    @property
    def breaks(self) -> int | None:
        """The number of the violated guarantee."""
        return self.off[0].guarantee

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class RedundantGuard(Generic[S]):
    """Guards without which no guarantee is violated. `because` states their purpose."""

    name: str
    search: Search[S]
    off: tuple[Guard, ...]
    because: str

    def __str__(self) -> str:
        return self.name
