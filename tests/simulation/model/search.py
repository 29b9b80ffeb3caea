"""Two executions of one order: every state they can reach, breadth first.

So each sequence of events that is found is a shortest one. A state consists of a shared state and two
executions. All are numbered, and a state is their numbers in one integer. The two executions are
interchangeable, so the smaller number comes first. Only their number is limited to two: each may die and be
started again, each call may fail, and each response may be lost, any number of times.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.simulation.model.execution import Execution, moves, moves_of_the_world, start
from tests.simulation.model.guards import ActiveGuards
from tests.simulation.model.numbered import Numbered
from tests.simulation.model.shared_state import SharedState
from tests.simulation.model.steps import PLANS
from tests.simulation.model.steps.action import Effects

BITS = 14
MASK = (1 << BITS) - 1

NAMES = ("A", "B")
WORLD = "world"


class Event(NamedTuple):
    """Who performed which action, and the state after it."""

    who: str
    description: str
    shared: SharedState
    executions: tuple[Execution, Execution]


class Search:
    """What two executions can reach, with or without some of the guards.

    `alone`: one execution after another, never two at once. `torn`: a read may see its items at two different
    times.
    """

    def __init__(
        self, guards: ActiveGuards | None = None, *, alone: bool = False, torn: bool = False
    ) -> None:
        self.guards = guards or ActiveGuards()
        self._alone = alone
        self.effects = Effects(PLANS, self.guards, torn=torn)
        self.shared_states, self.executions = Numbered[SharedState](), Numbered[Execution]()
        self.came_from: dict[int, int] = {}
        """Each state, and the one from which it was first reached."""
        self._moves: dict[int, tuple[tuple[int, int], ...]] = {}
        self._world: dict[int, tuple[int, ...]] = {}

    def run(self, stop: Callable[[SharedState], bool] = lambda shared: False) -> list[Event] | None:
        """Search for a shared state for which `stop` is true. Returns the events that lead there; None: there
        is none."""
        stops: dict[int, bool] = {}
        begin = self._packed(SharedState(), (start(), start()))
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
                    shared = following >> 2 * BITS
                    if shared not in stops:
                        stops[shared] = stop(self.shared_states.known[shared])
                    if stops[shared]:
                        return self._events_to(following)
            layer = reached
        return None

    def _following(self, state: int) -> Iterator[int]:
        """Yields every next state. Written for speed: the search spends its time here."""
        shared, first, second = state >> 2 * BITS, state >> BITS & MASK, state & MASK
        waiting = self.executions[start()]
        for mover, other in ((first, second), (second, first)):
            if self._alone and mover == waiting != other:
                continue
            found = self._moves.get(shared << BITS | mover)
            for after, then in self._find(shared, mover) if found is None else found:
                one, two = (then, other) if then < other else (other, then)
                yield (after << BITS | one) << BITS | two
            if first == second:
                break
        befalls = self._world.get(shared)
        for after in self._befall(shared) if befalls is None else befalls:
            yield after << 2 * BITS | first << BITS | second

    def _find(self, shared: int, mover: int) -> tuple[tuple[int, int], ...]:
        found = {
            (self.shared_states[move.shared], self.executions[move.execution]): None
            for move in moves(self.executions.known[mover], self.shared_states.known[shared], self.effects)
        }
        found.pop((shared, mover), None)
        return self._moves.setdefault(shared << BITS | mover, tuple(found))

    def _befall(self, shared: int) -> tuple[int, ...]:
        befalls = moves_of_the_world(self.shared_states.known[shared], self.guards)
        return self._world.setdefault(shared, tuple(self.shared_states[after] for _, after in befalls))

    def _packed(self, shared: SharedState, executions: tuple[Execution, Execution]) -> int:
        one, two = sorted(self.executions[each] for each in executions)
        return (self.shared_states[shared] << BITS | one) << BITS | two

    # -- how a state was reached --------------------------------------------------------------------

    def _events_to(self, state: int) -> list[Event]:
        path = [state]
        while self.came_from[path[-1]] != path[-1]:
            path.append(self.came_from[path[-1]])
        events: list[Event] = []
        shared, executions = SharedState(), (start(), start())
        for following in reversed(path[:-1]):
            events.append(
                next(
                    event
                    for event in self._events(shared, executions)
                    if self._packed(event.shared, event.executions) == following
                )
            )
            *_, shared, executions = events[-1]
        return events

    def _events(self, shared: SharedState, executions: tuple[Execution, Execution]) -> Iterator[Event]:
        """Yields every next event with its actor: here the executions keep their names."""
        first, second = executions
        for move in moves(first, shared, self.effects):
            yield Event(NAMES[0], move.description, move.shared, (move.execution, second))
        for move in moves(second, shared, self.effects):
            yield Event(NAMES[1], move.description, move.shared, (first, move.execution))
        for description, after in moves_of_the_world(shared, self.guards):
            yield Event(WORLD, description, after, executions)
