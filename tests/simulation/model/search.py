"""Two executions of one order: every state they can reach, breadth first, so that a story is the shortest.

A state is a shop and two executions. All are numbered, and a state is the numbers in one integer; the
executions are alike, so the smaller number stands first. Nothing is bounded but the two: each may die and
be started again, each call may fail, each answer may be lost, without end.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.simulation.model.execution import Execution, moves, moves_of_the_world, start
from tests.simulation.model.guards import Fences
from tests.simulation.model.numbered import Numbered
from tests.simulation.model.shop import Shop
from tests.simulation.model.steps import PLANS
from tests.simulation.model.steps.action import Effects

BITS = 14
MASK = (1 << BITS) - 1

NAMES = ("A", "B")
WORLD = "world"


class Event(NamedTuple):
    """Who did what, and what it left."""

    who: str
    says: str
    shop: Shop
    executions: tuple[Execution, Execution]


class Search:
    """What two executions can come to, with or without some of the fences.

    `alone`: one execution after another, and never two at once. `torn`: readings may see their items at two
    different moments.
    """

    def __init__(self, fences: Fences | None = None, *, alone: bool = False, torn: bool = False) -> None:
        self.fences = fences or Fences()
        self._alone = alone
        self.effects = Effects(PLANS, self.fences, torn=torn)
        self.shops, self.executions = Numbered[Shop](), Numbered[Execution]()
        self.came_from: dict[int, int] = {}
        """Each state, and the one from which it was first reached."""
        self._moves: dict[int, tuple[tuple[int, int], ...]] = {}
        self._world: dict[int, tuple[int, ...]] = {}

    def run(self, stop: Callable[[Shop], bool] = lambda shop: False) -> list[Event] | None:
        """Search until a shop is reached at which to stop, and tell how; None: there is none."""
        stops: dict[int, bool] = {}
        begin = self._packed(Shop(), (start(), start()))
        self.came_from = {begin: begin}
        layer = [begin]
        while layer:
            reached = []
            for state in layer:
                for following in self._following(state):
                    if following in self.came_from:
                        continue
                    self.came_from[following] = state
                    reached.append(following)
                    shop = following >> 2 * BITS
                    if shop not in stops:
                        stops[shop] = stop(self.shops.known[shop])
                    if stops[shop]:
                        return self._story(following)
            layer = reached
        return None

    def _following(self, state: int) -> Iterator[int]:
        """Everything that may come next. Written for speed: this is where the time goes."""
        shop, first, second = state >> 2 * BITS, state >> BITS & MASK, state & MASK
        waiting = self.executions[start()]
        for mover, other in ((first, second), (second, first)):
            if self._alone and mover == waiting != other:
                continue
            found = self._moves.get(shop << BITS | mover)
            for after, then in self._find(shop, mover) if found is None else found:
                one, two = (then, other) if then < other else (other, then)
                yield (after << BITS | one) << BITS | two
            if first == second:
                break
        befalls = self._world.get(shop)
        for after in self._befall(shop) if befalls is None else befalls:
            yield after << 2 * BITS | first << BITS | second

    def _find(self, shop: int, mover: int) -> tuple[tuple[int, int], ...]:
        found = {
            (self.shops[move.shop], self.executions[move.execution]): None
            for move in moves(self.executions.known[mover], self.shops.known[shop], self.effects)
        }
        found.pop((shop, mover), None)
        return self._moves.setdefault(shop << BITS | mover, tuple(found))

    def _befall(self, shop: int) -> tuple[int, ...]:
        befalls = moves_of_the_world(self.shops.known[shop], self.fences)
        return self._world.setdefault(shop, tuple(self.shops[after] for _, after in befalls))

    def _packed(self, shop: Shop, executions: tuple[Execution, Execution]) -> int:
        one, two = sorted(self.executions[each] for each in executions)
        return (self.shops[shop] << BITS | one) << BITS | two

    # -- how a state came about --------------------------------------------------------------------

    def _story(self, state: int) -> list[Event]:
        path = [state]
        while self.came_from[path[-1]] != path[-1]:
            path.append(self.came_from[path[-1]])
        events: list[Event] = []
        shop, executions = Shop(), (start(), start())
        for following in reversed(path[:-1]):
            events.append(
                next(
                    event
                    for event in self._events(shop, executions)
                    if self._packed(event.shop, event.executions) == following
                )
            )
            *_, shop, executions = events[-1]
        return events

    def _events(self, shop: Shop, executions: tuple[Execution, Execution]) -> Iterator[Event]:
        """Everything that may come next, and to whom: here each execution keeps its name."""
        first, second = executions
        for move in moves(first, shop, self.effects):
            yield Event(NAMES[0], move.says, move.shop, (move.execution, second))
        for move in moves(second, shop, self.effects):
            yield Event(NAMES[1], move.says, move.shop, (first, move.execution))
        for says, after in moves_of_the_world(shop, self.fences):
            yield Event(WORLD, says, after, executions)
