"""An action: what a step does next, in one moment."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from ordering.domain.order_details import OrderDetails
from tests.simulation.model.guards import Fences
from tests.simulation.model.shop import READ_IN_ORDER, Item, Shop, story_of

FAULT = None
"""An exception: what the step knew is gone."""

Then: TypeAlias = "Action | str | None"
"""What follows: another action of the step, the step's outcome, or a fault."""


class Effect(NamedTuple):
    """What an action did, in words, and what it leaves."""

    says: str
    shop: Shop
    then: Then
    injected: bool = False
    """Whether this is an answer lost: it happens, but no execution that is left in peace need expect it."""
    told: str = ""
    """Of a cancelled transaction: the action whose condition is told to have failed, perhaps of several."""


Does: TypeAlias = Callable[[Shop, "Action", Fences], Iterable[Effect]]
"""In one shop an action may have several effects: what a provider decides, for one, is not known before."""
Plan: TypeAlias = Callable[[OrderDetails, "Action", Fences], Then]


class Action(NamedTuple):
    """What a step is about to do, and the little that it has learnt so far."""

    step: str
    does: Does
    attempt: int = 0
    payment_id: str = ""
    learnt: str = ""
    """A status that was read, or that a provider answered."""
    rest: tuple[tuple[int, str, str], ...] = ()
    """Other payments: attempt, id, status."""
    seen: tuple[Item, ...] = ()
    """What a reading that is under way has seen so far."""


def read(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
    """The first action of every step. What it reads and what it does then, `Effects` tells."""
    raise NotImplementedError(action.step)


class Effects:
    """The effects of every action in every shop, each found once.

    DynamoDB calls a Query read-committed beside transactions (developer guide, "Isolation levels for
    transactions"): the items of one partition may be seen at different moments. `torn` lets a reading
    see the first few items, in the order of their keys, at one moment, and the others at a later one.
    """

    def __init__(self, plans: Mapping[str, Plan], fences: Fences, *, torn: bool = False) -> None:
        self.fences = fences
        self._plans, self._torn = plans, torn
        self.known: dict[tuple[Action, Shop], tuple[Effect, ...]] = {}
        self.answered: set[tuple[str, str]] = set()
        """(state, outcome) of every step that came to its end."""
        self.readings: dict[tuple[Action, tuple[Item, ...]], Then] = {}
        """What each step does that has read this."""

    def of(self, action: Action, shop: Shop) -> tuple[Effect, ...]:
        """All that the action may do there."""
        effects = self.known.get((action, shop))
        if effects is None:
            found = (
                self._read(action, shop) if action.does is read else action.does(shop, action, self.fences)
            )
            effects = self.known[action, shop] = tuple(found)
            self.answered |= {
                (action.step, effect.then) for effect in effects if isinstance(effect.then, str)
            }
        return effects

    def planned(self, action: Action, seen: tuple[Item, ...]) -> Then:
        """What the step does that has read this."""
        key = (action, seen)
        if key not in self.readings:
            self.readings[key] = self._plans[action.step](story_of(seen), action, self.fences)
        return self.readings[key]

    def _read(self, action: Action, shop: Shop) -> Iterable[Effect]:
        now = shop.items
        if self._torn and not action.seen:
            for count in range(1, len(READ_IN_ORDER)):
                word = ", ".join(READ_IN_ORDER[:count])
                yield Effect(f"reads {word}, and pauses", shop, action._replace(seen=now[:count]))
        seen = action.seen + now[len(action.seen) :]
        then = self.planned(action._replace(seen=()), seen)
        answers = f", and answers {then}" if isinstance(then, str) else ""
        yield Effect(f"reads{' the rest' if action.seen else ''}{answers}", shop, then)
