"""An action: what a step does next, atomically."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from ordering.domain.order_details import OrderDetails
from tests.simulation.model.guards import ActiveGuards
from tests.simulation.model.shared_state import READ_IN_ORDER, Item, SharedState, details_of

FAULT = None
"""An exception: whatever the step had in memory is lost."""

Then: TypeAlias = "Action | str | None"
"""What follows: another action of the step, the step's outcome, or a fault."""


class Effect(NamedTuple):
    """The description of what an action did, and the state after it."""

    description: str
    shared: SharedState
    then: Then
    injected: bool = False
    """Whether this is a lost response: it can happen, but not to an undisturbed execution."""
    reported: str = ""
    """Of a cancelled transaction: the action whose condition DynamoDB reports as failed, perhaps one of
    several."""


Does: TypeAlias = Callable[[SharedState, "Action", ActiveGuards], Iterable[Effect]]
"""One action may have several effects in one shared state, because a provider decides freely."""
Plan: TypeAlias = Callable[[OrderDetails, "Action", ActiveGuards], Then]


class Action(NamedTuple):
    """What a step is about to do, and what it has learned so far."""

    step: str
    does: Does
    attempt: int = 0
    payment_id: str = ""
    learned: str = ""
    """A status that was read, or that a provider returned."""
    rest: tuple[tuple[int, str, str], ...] = ()
    """Other payments: attempt, id, status."""
    seen: tuple[Item, ...] = ()
    """What an unfinished read has seen so far."""


def read(shared: SharedState, action: Action, guards: ActiveGuards) -> Iterable[Effect]:
    """The first action of every step. Never called: `Effects` determines what it reads and what follows."""
    raise AssertionError(f"{action.step}: its read has no effect of its own")


class Effects:
    """The effects of every action in every shared state, each computed once.

    DynamoDB calls a Query read-committed in relation to transactions (developer guide, "Isolation levels for
    transactions"): the items of one partition may be seen at different times. With `torn`, a read sees the
    first few items, in the order of their keys, at one time, and the others later.
    """

    def __init__(self, plans: Mapping[str, Plan], guards: ActiveGuards, *, torn: bool = False) -> None:
        self.guards = guards
        self._plans, self._torn = plans, torn
        self.known: dict[tuple[Action, SharedState], tuple[Effect, ...]] = {}
        self.answered: set[tuple[str, str]] = set()
        """(state, outcome) of every step that has ended."""
        self.readings: dict[tuple[Action, tuple[Item, ...]], Then] = {}
        """What each step does after it has read these items."""

    def of(self, action: Action, shared: SharedState) -> tuple[Effect, ...]:
        """Returns everything that the action may do in this shared state."""
        effects = self.known.get((action, shared))
        if effects is None:
            found = (
                self._read(action, shared)
                if action.does is read
                else action.does(shared, action, self.guards)
            )
            effects = self.known[action, shared] = tuple(found)
            self.answered |= {
                (action.step, effect.then) for effect in effects if isinstance(effect.then, str)
            }
        return effects

    def planned(self, action: Action, seen: tuple[Item, ...]) -> Then:
        """Returns what the step does after it has read these items."""
        key = (action, seen)
        if key not in self.readings:
            self.readings[key] = self._plans[action.step](details_of(seen), action, self.guards)
        return self.readings[key]

    def _read(self, action: Action, shared: SharedState) -> Iterable[Effect]:
        now = shared.items
        if self._torn and not action.seen:
            for count in range(1, len(READ_IN_ORDER)):
                word = ", ".join(READ_IN_ORDER[:count])
                yield Effect(f"reads {word}, and pauses", shared, action._replace(seen=now[:count]))
        seen = action.seen + now[len(action.seen) :]
        then = self.planned(action._replace(seen=()), seen)
        returned = f", and returns {then}" if isinstance(then, str) else ""
        yield Effect(f"reads{' the rest' if action.seen else ''}{returned}", shared, then)
