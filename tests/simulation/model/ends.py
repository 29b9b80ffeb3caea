"""Whether every order can be driven to its end, and how surely.

Whatever an order has come to, all that works on it may die, and it is driven again by a new execution. So
it is enough to look at each shop with one execution that stands at the beginning, left in peace.
"""

from collections import defaultdict
from collections.abc import Iterable

from tests.simulation.model.execution import Execution, in_peace, start
from tests.simulation.model.guards import Fences
from tests.simulation.model.shop import Shop
from tests.simulation.model.steps import PLANS
from tests.simulation.model.steps.action import Effects

Stand = tuple[Execution, Shop]


class Ends:
    """What one undisturbed execution after another makes of each of some shops."""

    def __init__(self, shops: Iterable[Shop], fences: Fences | None = None) -> None:
        self.shops = list(shops)
        effects = Effects(PLANS, fences or Fences())
        self._next: dict[Stand, set[Stand]] = {}
        ahead: list[Stand] = [(start(), shop) for shop in self.shops]
        while ahead:
            stand = ahead.pop()
            if stand not in self._next:
                ended = stand[1].order.is_terminal
                self._next[stand] = set() if ended else set(in_peace(*stand, effects))
                ahead += self._next[stand]
        self._before: dict[Stand, set[Stand]] = defaultdict(set)
        for stand, following in self._next.items():
            for each in following:
                self._before[each].add(stand)

    def endless(self) -> list[Shop]:
        """The shops from which an order may go on for ever, though nobody disturbs it."""
        sure = self.loads()
        return [shop for shop in self.shops if shop not in sure]

    def loads(self) -> dict[Shop, int]:
        """How often an order is loaded at most until it ends, for the shops from which it surely ends.

        That is, whatever the providers say; by search backwards, where a stand is as far from the end as
        the farthest that may follow it.
        """
        distance: dict[Stand, int] = {}
        open_ways = {stand: len(following) for stand, following in self._next.items()}
        ahead = self._ended()
        while ahead:
            stand = ahead.pop()
            farthest = max((distance[each] for each in self._next[stand]), default=0)
            distance[stand] = farthest + (stand[0] == start())
            for each in self._before[stand]:
                open_ways[each] -= 1
                if open_ways[each] == 0:
                    ahead.append(each)
        return {shop: distance[start(), shop] for shop in self.shops if (start(), shop) in distance}

    def _ended(self) -> list[Stand]:
        return [stand for stand in self._next if stand[1].order.is_terminal]
