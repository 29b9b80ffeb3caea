"""An action: what a step does next, in one moment."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

from ordering.story import Story
from tests.model.fences import Fence, Fences
from tests.model.shop import Shop

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
    on_its_way: bool = False
    """Whether the call may still arrive, though nobody waits for it."""


Does: TypeAlias = Callable[[Shop, "Action", Fences], Iterable[Effect]]
"""In one shop an action may have several effects: what a provider decides, for one, is not known before."""
Plan: TypeAlias = Callable[[Story, "Action", Fences], Then]


class Action(NamedTuple):
    """What a step is about to do, and the little that it has learnt so far."""

    step: str
    does: Does
    attempt: int = 0
    payment_id: str = ""
    learnt: str = ""
    """A status that was read, or that a provider answered."""
    rest: tuple[tuple[int, str, str], ...] = ()
    """Payments that come after this one: attempt, id, status."""
    seen: Shop | None = None
    """What a reading that is under way has seen so far."""

    @property
    def reads(self) -> bool:
        """Whether the step has not yet begun to act."""
        return self.does.__name__ == "read"


def reading(plan: Plan) -> Does:
    """The first action of a step: it reads the story, and plans.

    DynamoDB calls a Query read-committed beside transactions (developer guide, "Isolation levels for
    transactions"), so a reading may see the items of one partition, in the order of their keys, at
    different moments. Without the fence the order is read first, and all the rest later.
    """

    def read(shop: Shop, action: Action, fences: Fences) -> Iterable[Effect]:
        if not fences.stand(Fence.WHOLE_STORY) and action.seen is None:
            seen = Shop(order=shop.order)
            yield Effect(f"reads: the order is {shop.order}", shop, action._replace(seen=seen))
            return
        view = shop._replace(order=action.seen.order) if action.seen else shop
        then = plan(view.story, action._replace(seen=None), fences)
        yield Effect(f"reads{_outcome(then)}", shop, then)

    return read


def _outcome(then: Then) -> str:
    return f", and answers {then}" if isinstance(then, str) else ""


class Effects:
    """The effects of every action in every shop, each found once, for a set of fences."""

    def __init__(self, fences: Fences) -> None:
        self.fences = fences
        self.asked: dict[tuple[Action, Shop], tuple[Effect, ...]] = {}

    def of(self, action: Action, shop: Shop) -> tuple[Effect, ...]:
        """All that the action may do there."""
        effects = self.asked.get((action, shop))
        if effects is None:
            effects = self.asked[action, shop] = tuple(action.does(shop, action, self.fences))
        return effects
