"""Every state within the bounds, breadth first: so a broken promise is found by its shortest way.

A state is a shop, two executions, and the steps that go on late. All of them are numbered, and a state is
those numbers in one integer. The executions are alike, so the smaller number stands first.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from tests.model.execution import START, Execution, late_moves, moves, moves_of_the_world
from tests.model.fences import Fences
from tests.model.shop import Shop
from tests.model.steps.action import Action, Effects

T = TypeVar("T", bound=Hashable)

BITS = 14
MASK = (1 << BITS) - 1
KEEPS = -1
"""Nothing new goes on late: what went on before still may."""


@dataclass(frozen=True)
class Bounds:
    """How much happens at a time. How often is not bounded."""

    executions: int = 2
    late: bool = False
    """Whether a step, or both branches of "Fulfil", may go on without its execution."""


LONE = Bounds(executions=1)
TWO = Bounds()
ALL = Bounds(late=True)


class Numbered(dict[T, int], Generic[T]):
    """Values, by number and back."""

    def __init__(self) -> None:
        super().__init__()
        self.known: list[T] = []

    def __missing__(self, value: T) -> int:
        number = self[value] = len(self.known)
        self.known.append(value)
        return number


class State(NamedTuple):
    """The numbers of a state."""

    shop: int
    first: int
    second: int
    late: int


def packed(shop: int, one: int, other: int, late: int) -> int:
    """A state as one integer, whichever execution is named first."""
    if one < other:
        return ((shop << BITS | one) << BITS | other) << BITS | late
    return ((shop << BITS | other) << BITS | one) << BITS | late


def unpacked(state: int) -> State:
    """Its numbers."""
    return State(state >> 3 * BITS, state >> 2 * BITS & MASK, state >> BITS & MASK, state & MASK)


class Search:
    """What can be reached, and from where."""

    def __init__(self, fences: Fences | None = None, bounds: Bounds = TWO) -> None:
        self.fences, self.bounds = fences or Fences(), bounds
        self.effects = Effects(self.fences)
        self.shops, self.executions = Numbered[Shop](), Numbered[Execution]()
        self.lates = Numbered[tuple[Action, ...]]()
        self.start, self.nothing_late = self.executions[START], self.lates[()]
        self.came_from: dict[int, int] = {}
        """Each state, and the one from which it was first reached."""
        self.changes: dict[int, set[int]] = {}
        """Each shop, and those that one action makes of it."""
        self.first_seen: dict[int, int] = {}
        """Each shop, and the first state that has it."""
        self.edges = 0
        self._moves: dict[int, tuple[tuple[int, int, int], ...]] = {}
        self._late_moves: dict[int, tuple[tuple[int, int], ...]] = {}
        self._world_moves: dict[int, tuple[int, ...]] = {}

    @property
    def reached(self) -> list[Shop]:
        """Every shop that was reached."""
        return [self.shops.known[shop] for shop in self.first_seen]

    def run(self, stop: Callable[[Shop], bool] = lambda shop: False) -> int | None:
        """Search until a shop is reached at which to stop: answers its state; None: there is none."""
        shop = self.shops[Shop()]
        begin = packed(shop, self.start, self.start, self.nothing_late)
        self.came_from, self.changes, self.first_seen, self.edges = {begin: begin}, {}, {shop: begin}, 0
        layer = [begin]
        while layer:
            reached: list[int] = []
            for state in layer:
                self._expand(state, reached)
            for state in reached:
                shop = state >> 3 * BITS
                if shop not in self.first_seen:
                    self.first_seen[shop] = state
                    if stop(self.shops.known[shop]):
                        return state
            layer = reached
        return None

    def _expand(self, state: int, reached: list[int]) -> None:
        """Reach everything that may happen next. Written for speed: this is where the time goes."""
        shop, first, second, late = unpacked(state)
        came_from = self.came_from
        for mover, other in self._pairs(first, second):
            known = self._moves.get(shop << BITS | mover)
            for after, then, now_late in self._find_moves(mover, shop) if known is None else known:
                self.edges += 1
                going_on = late if now_late == KEEPS else now_late
                if after != shop:
                    self._change(state, after, then, other, going_on, reached)
                    continue
                following = packed(shop, then, other, going_on)
                if following not in came_from:
                    came_from[following] = state
                    reached.append(following)
        if late != self.nothing_late:
            rest = self._late_moves.get(shop << BITS | late)
            for after, going_on in self._find_late_moves(late, shop) if rest is None else rest:
                self._change(state, after, first, second, going_on, reached)
        for after in self._find_world_moves(shop):
            self._change(state, after, first, second, late, reached)

    def _change(self, state: int, after: int, one: int, other: int, late: int, reached: list[int]) -> None:
        """Reach a state of another shop, perhaps: what was planned for the one may be idle in the other."""
        self.edges += 1
        if after != state >> 3 * BITS:
            self.changes.setdefault(state >> 3 * BITS, set()).add(after)
        late = self.shed(late, after)
        for first in self.settled(one, after):
            for second in self.settled(other, after):
                following = packed(after, first, second, late)
                if following not in self.came_from:
                    self.came_from[following] = state
                    reached.append(following)

    def settled(self, execution: int, shop: int) -> tuple[int, ...]:
        """Where an execution may stand after what is a foregone conclusion; see `reduction`."""
        return (execution,)

    def shed(self, late: int, shop: int) -> int:
        """What goes on late, without what can have no effect any more; see `reduction`."""
        return late

    def _pairs(self, first: int, second: int) -> tuple[tuple[int, int], ...]:
        """Who may move, beside whom."""
        if self.bounds.executions == 1:
            return ((second if first == self.start else first, self.start),)
        return ((first, second),) if first == second else ((first, second), (second, first))

    def _find_moves(self, mover: int, shop: int) -> tuple[tuple[int, int, int], ...]:
        found: dict[tuple[int, int, int], None] = {}
        for move in moves(self.executions.known[mover], self.shops.known[shop], self.effects):
            after = self.shops[move.shop]
            late = KEEPS if move.late is None else self.shed(self.lates[move.late], after)
            if late == KEEPS or self.bounds.late:
                found |= {(after, then, late): None for then in self.settled(self.executions[move.execution], after)}
        found.pop((shop, mover, KEEPS), None)
        return self._moves.setdefault(shop << BITS | mover, tuple(found))

    def _find_late_moves(self, late: int, shop: int) -> tuple[tuple[int, int], ...]:
        found = dict.fromkeys(
            (self.shops[after], self.lates[then])
            for _, then, after in late_moves(self.lates.known[late], self.shops.known[shop], self.effects)
        )
        return self._late_moves.setdefault(shop << BITS | late, tuple(found))

    def _find_world_moves(self, shop: int) -> tuple[int, ...]:
        known = self._world_moves.get(shop)
        if known is None:
            befalls = moves_of_the_world(self.shops.known[shop], self.fences)
            known = self._world_moves[shop] = tuple(self.shops[after] for _, after in befalls)
        return known
