"""Any number of executions, zombies and late calls at once: a proof rather than a search.

Two steps meet only in the shop. So for each shop that can come about it is enough to know what an execution
*may* be about to do there, and not which executions may be about to do it together: whoever may act in a
shop takes everybody else who may be there along into the next. That allows for more than can happen (two
executions whose pasts exclude each other still meet), and for all that can: any number of executions, each
of them dying, sleeping, repeating and coming late as often as it likes. A promise that holds here holds
there; one that is broken here is looked for by `search`, which finds what really happens.

Readings see each item at a moment of its own, in the order of the keys, unless `torn` is off: DynamoDB calls
a Query read-committed beside transactions (developer guide, "Isolation levels for transactions").

Flanagan and Qadeer, "Thread-Modular Model Checking" (SPIN 2003).
"""

from collections import defaultdict
from functools import cache

from tests.simulation.model.execution import Execution, advance, moves, moves_of_the_world, start
from tests.simulation.model.guarantees import Guarantee, broken
from tests.simulation.model.guards import Fences
from tests.simulation.model.numbered import Numbered
from tests.simulation.model.shop import READ_IN_ORDER, Item, Shop
from tests.simulation.model.steps import PLANS
from tests.simulation.model.steps.action import FAULT, Action, Effects, read


class Crowd:
    """Which shops can come about, and what may be about to happen in each."""

    def __init__(self, fences: Fences | None = None, *, torn: bool = True) -> None:
        self.fences = fences or Fences()
        self._torn = torn
        self.effects = Effects(PLANS, self.fences)
        self.shops, self.executions = Numbered[Shop](), Numbered[Execution]()
        self.about: list[int] = []
        """For each shop, the executions that may be there: one bit each."""
        self._next: defaultdict[int, set[int]] = defaultdict(set)
        self._seen: list[set[tuple[Item, ...]]] = []
        """For each shop, what readings that are under way there may have seen."""
        self._read_by: dict[tuple[int, tuple[Item, ...]], int] = {}
        self._todo: list[tuple[int, int]] = []
        self._run()

    def broken(self) -> set[Guarantee]:
        """The promises that some shop breaks."""
        return {promise for shop in self.shops.known for promise in broken(shop)}

    @property
    def pairs(self) -> int:
        """How many (shop, execution) were looked at."""
        return sum(bits.bit_count() for bits in self.about)

    def _run(self) -> None:
        self._arrive(self._shop(Shop()), 1 << self.executions[start()])
        while self._todo:
            shop, new = self._todo.pop()
            while new:
                bit = new & -new
                new ^= bit
                self._act(shop, bit)

    def _shop(self, shop: Shop) -> int:
        number = self.shops[shop]
        if number == len(self.about):
            self.about.append(0)
            self._seen.append(set())
            if self._torn:
                self._look(number, ())
            for _, after in moves_of_the_world(shop, self.fences):
                self._lead(number, self._shop(after))
        return number

    def _arrive(self, shop: int, executions: int) -> None:
        """These may be there, and so wherever somebody takes the shop from there."""
        new = executions & ~self.about[shop]
        if new:
            self.about[shop] |= new
            self._todo.append((shop, new))
            for after in tuple(self._next[shop]):
                self._arrive(after, new)

    def _lead(self, shop: int, after: int) -> None:
        """Somebody takes the shop from one to another, and everybody there along."""
        if after != shop and after not in self._next[shop]:
            self._next[shop].add(after)
            self._arrive(after, self.about[shop])
            for seen in tuple(self._seen[shop]):
                self._look(after, seen)

    def _look(self, shop: int, seen: tuple[Item, ...]) -> None:
        """A reading has seen this before, or here."""
        if seen in self._seen[shop]:
            return
        self._seen[shop].add(seen)
        if len(seen) < len(READ_IN_ORDER):
            self._look(shop, (*seen, self.shops.known[shop].items[len(seen)]))
        else:
            self._read(shop, self.about[shop], seen)
        for after in tuple(self._next[shop]):
            self._look(after, seen)

    def _act(self, shop: int, bit: int) -> None:
        execution = self.executions.known[bit.bit_length() - 1]
        for move in moves(execution, self.shops.known[shop], self.effects):
            after = self._shop(move.shop)
            self._lead(shop, after)
            self._arrive(after, 1 << self.executions[move.execution])
        if self._torn and _readings(execution):
            for seen in tuple(self._seen[shop]):
                if len(seen) == len(READ_IN_ORDER):
                    self._read(shop, bit, seen)

    def _read(self, shop: int, bits: int, seen: tuple[Item, ...]) -> None:
        """Whoever is about to read may have seen this."""
        while bits:
            bit = bits & -bits
            bits ^= bit
            self._arrive(shop, self._after_reading(bit, seen))

    def _after_reading(self, bit: int, seen: tuple[Item, ...]) -> int:
        """What an execution may be about to do once it has read this; nothing if it was not to read."""
        if (bit, seen) not in self._read_by:
            execution, following = self.executions.known[bit.bit_length() - 1], 0
            for index, action in _readings(execution):
                then = self.effects.planned(action, seen)
                if then is not FAULT:
                    following |= 1 << self.executions[advance(execution, index, then, self.fences)]
            self._read_by[bit, seen] = following
        return self._read_by[bit, seen]


def _readings(execution: Execution) -> list[tuple[int, Action]]:
    """The branches that are about to read."""
    return [
        (index, action)
        for index, action in enumerate(execution.branches)
        if isinstance(action, Action) and action.does is read
    ]


@cache
def everybody() -> Crowd:
    """The crowd with every fence, searched once."""
    return Crowd()
