"""Checks whether every order can be driven to its end, and after how many loads.

Every execution of an order may die, and then a new one drives the order. So it is sufficient to examine each
shared state with one undisturbed execution that has just started.
"""

from collections import defaultdict
from collections.abc import Iterable

from tests.simulation.model.execution import Execution, start, undisturbed_moves
from tests.simulation.model.guards import ActiveGuards
from tests.simulation.model.shared_state import SharedState
from tests.simulation.model.steps import PLANS
from tests.simulation.model.steps.action import Effects

Position = tuple[Execution, SharedState]


class Ends:
    """What one undisturbed execution after another does in each of the given shared states."""

    def __init__(self, shared_states: Iterable[SharedState], guards: ActiveGuards | None = None) -> None:
        self.shared_states = list(shared_states)
        effects = Effects(PLANS, guards or ActiveGuards())
        self._next: dict[Position, set[Position]] = {}
        ahead: list[Position] = [(start(), shared) for shared in self.shared_states]
        while ahead:
            position = ahead.pop()
            if position not in self._next:
                ended = position[1].order.is_terminal
                self._next[position] = set() if ended else set(undisturbed_moves(*position, effects))
                ahead += self._next[position]
        self._before: dict[Position, set[Position]] = defaultdict(set)
        for position, following in self._next.items():
            for each in following:
                self._before[each].add(position)

    def endless(self) -> list[SharedState]:
        """Returns the shared states from which an order may never end, although nothing disturbs it."""
        sure = self.loads()
        return [shared for shared in self.shared_states if shared not in sure]

    def loads(self) -> dict[SharedState, int]:
        """Returns how often an order is loaded at most until it ends.

        Covers the shared states from which the order always ends, whatever providers decide. The search goes
        backwards: the distance of a position from the end is that of its farthest successor.
        """
        distance: dict[Position, int] = {}
        open_ways = {position: len(following) for position, following in self._next.items()}
        ahead = self._ended()
        while ahead:
            position = ahead.pop()
            farthest = max((distance[each] for each in self._next[position]), default=0)
            distance[position] = farthest + (position[0] == start())
            for each in self._before[position]:
                open_ways[each] -= 1
                if open_ways[each] == 0:
                    ahead.append(each)
        return {
            shared: distance[start(), shared]
            for shared in self.shared_states
            if (start(), shared) in distance
        }

    def _ended(self) -> list[Position]:
        return [position for position in self._next if position[1].order.is_terminal]
