"""Any number of executions, with late executions and late calls. This is a proof and not only a search.

Two steps interact only through the shared state. So it is sufficient to know, for each shared state, which
action an execution may be about to perform there. Every action is combined with every shared state in which
it may happen: when one execution changes the shared state, all others that may be there may also be in the
new one. This includes everything that can happen (any number of executions that die, pause, repeat and are
late), and some cases that cannot (two executions whose histories exclude each other still meet). A guarantee
that holds here holds for all of them. One that is violated here is searched for with `search`, which finds
only cases that can happen.

Unless `torn` is off, a read sees each item at a different time, in the order of the keys: DynamoDB calls a
Query read-committed in relation to transactions (developer guide, "Isolation levels for transactions").

Flanagan and Qadeer, "Thread-Modular Model Checking" (SPIN 2003).
"""

from collections import defaultdict
from functools import cache

from tests.simulation.model.execution import Execution, advance, moves, moves_of_the_world, start
from tests.simulation.model.guarantees import Guarantee, broken
from tests.simulation.model.guards import ActiveGuards
from tests.simulation.model.numbered import Numbered
from tests.simulation.model.shared_state import READ_IN_ORDER, Item, SharedState
from tests.simulation.model.steps import PLANS
from tests.simulation.model.steps.action import FAULT, Action, Effects, read


class ThreadModularSearch:
    """Which shared states can be reached, and what may be about to happen in each."""

    def __init__(self, guards: ActiveGuards | None = None, *, torn: bool = True) -> None:
        self.guards = guards or ActiveGuards()
        self._torn = torn
        self.effects = Effects(PLANS, self.guards)
        self.shared_states, self.executions = Numbered[SharedState](), Numbered[Execution]()
        self.about: list[int] = []
        """For each shared state, the executions that may be there: one bit each."""
        self._next: defaultdict[int, set[int]] = defaultdict(set)
        self._seen: list[set[tuple[Item, ...]]] = []
        """For each shared state, what unfinished reads may have seen."""
        self._read_by: dict[tuple[int, tuple[Item, ...]], int] = {}
        self._todo: list[tuple[int, int]] = []
        self._run()

    def broken(self) -> set[Guarantee]:
        """Returns the guarantees that some shared state breaks."""
        return {guarantee for shared in self.shared_states.known for guarantee in broken(shared)}

    @property
    def pairs(self) -> int:
        """Returns the number of explored pairs (shared state, execution)."""
        return sum(bits.bit_count() for bits in self.about)

    def _run(self) -> None:
        self._arrive(self._number(SharedState()), 1 << self.executions[start()])
        while self._todo:
            shared, new = self._todo.pop()
            while new:
                bit = new & -new
                new ^= bit
                self._act(shared, bit)

    def _number(self, shared: SharedState) -> int:
        number = self.shared_states[shared]
        if number == len(self.about):
            self.about.append(0)
            self._seen.append(set())
            if self._torn:
                self._look(number, ())
            for _, after in moves_of_the_world(shared, self.guards):
                self._lead(number, self._number(after))
        return number

    def _arrive(self, shared: int, executions: int) -> None:
        """These executions may be in a shared state, and so in every one that follows it."""
        new = executions & ~self.about[shared]
        if new:
            self.about[shared] |= new
            self._todo.append((shared, new))
            for after in tuple(self._next[shared]):
                self._arrive(after, new)

    def _lead(self, shared: int, after: int) -> None:
        """One shared state leads to another, and everything that may be in the first may be in the second."""
        if after != shared and after not in self._next[shared]:
            self._next[shared].add(after)
            self._arrive(after, self.about[shared])
            for seen in tuple(self._seen[shared]):
                self._look(after, seen)

    def _look(self, shared: int, seen: tuple[Item, ...]) -> None:
        """Record that a read has seen this before, or sees it here."""
        if seen in self._seen[shared]:
            return
        self._seen[shared].add(seen)
        if len(seen) < len(READ_IN_ORDER):
            self._look(shared, (*seen, self.shared_states.known[shared].items[len(seen)]))
        else:
            self._read(shared, self.about[shared], seen)
        for after in tuple(self._next[shared]):
            self._look(after, seen)

    def _act(self, shared: int, bit: int) -> None:
        execution = self.executions.known[bit.bit_length() - 1]
        for move in moves(execution, self.shared_states.known[shared], self.effects):
            after = self._number(move.shared)
            self._lead(shared, after)
            self._arrive(after, 1 << self.executions[move.execution])
        if self._torn and _readings(execution):
            for seen in tuple(self._seen[shared]):
                if len(seen) == len(READ_IN_ORDER):
                    self._read(shared, bit, seen)

    def _read(self, shared: int, bits: int, seen: tuple[Item, ...]) -> None:
        """Record that each of these executions may have read this."""
        while bits:
            bit = bits & -bits
            bits ^= bit
            self._arrive(shared, self._after_reading(bit, seen))

    def _after_reading(self, bit: int, seen: tuple[Item, ...]) -> int:
        """Returns what an execution may be about to do after this read; 0 if it was not about to read."""
        if (bit, seen) not in self._read_by:
            execution, following = self.executions.known[bit.bit_length() - 1], 0
            for index, action in _readings(execution):
                then = self.effects.planned(action, seen)
                if then is not FAULT:
                    following |= 1 << self.executions[advance(execution, index, then, self.guards)]
            self._read_by[bit, seen] = following
        return self._read_by[bit, seen]


def _readings(execution: Execution) -> list[tuple[int, Action]]:
    """Returns the branches that are about to read."""
    return [
        (index, action)
        for index, action in enumerate(execution.branches)
        if isinstance(action, Action) and action.does is read
    ]


@cache
def search_any_number() -> ThreadModularSearch:
    """Returns the search with every guard, made once."""
    return ThreadModularSearch()
