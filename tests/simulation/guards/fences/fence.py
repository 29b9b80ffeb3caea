"""What a fence is to these tests: something that can be taken down, and where it is missed then."""

from dataclasses import dataclass
from typing import Generic

from tests.simulation.guards.mutation import Edit
from tests.simulation.guards.trial import S, Search


@dataclass(frozen=True)
class Mutation(Generic[S]):
    """A fence that is not there. `breaks` is the number of the promise that falls with it."""

    name: str
    search: Search[S]
    breaks: str
    edits: tuple[Edit, ...]
    behind: tuple[Edit, ...] = ()
    """The fence behind it, to be taken down as well before anything is missed."""
    because: str = ""
    """Why one of the two is enough."""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Courtesy(Generic[S]):
    """A check without which no promise falls: what it saves is told by `because`."""

    name: str
    search: Search[S]
    edits: tuple[Edit, ...]
    because: str

    def __str__(self) -> str:
        return self.name
