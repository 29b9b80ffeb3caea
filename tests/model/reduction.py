"""Fewer states that show the same: for the search of everything at once.

1. *A foregone conclusion is drawn at once.* An action that changes nothing, and whose result is the same
   now and in every shop that may still come, need not wait for anybody: nobody can tell when it was done.
2. *What can have no effect any more is forgotten*: a late action that changes nothing in any shop that may
   still come, and so for all that would follow it.

"Every shop that may still come" is guessed first, from the changes that a smaller search found, and the
search then proves the guess: it holds if no change was found that the guess lacks. Think of a run without
the reduction, up to its first change that the guess lacks. Until there the guess was right, so what was
done at once or forgotten made no difference, and the reduced search comes upon that change as well.
"""

from collections.abc import Callable, Iterator

from tests.model.execution import START, Done, advance, tried_again
from tests.model.search import ALL, BITS, Bounds, Search
from tests.model.shop import Shop
from tests.model.steps.action import FAULT, Action, Then


class Reduced(Search):
    """The same search with fewer states, after a smaller one from which the future is guessed."""

    def __init__(self, smaller: Search, bounds: Bounds = ALL) -> None:
        super().__init__(smaller.fences, bounds)
        self.effects, self.shops = smaller.effects, smaller.shops
        self.runs = 0
        self._guess = {shop: set(after) for shop, after in smaller.changes.items()}

    def run(self, stop: Callable[[Shop], bool] = lambda shop: False) -> int | None:
        """As `Search.run`, as often as it takes until the guess holds."""
        while True:
            self.runs += 1
            self._ahead = _closure(self._guess, len(self.shops.known))
            self._idle: dict[tuple[Action, int], bool] = {}
            self._settled: dict[int, tuple[int, ...]] = {}
            self._shed: dict[int, int] = {}
            self._moves, self._late_moves = {}, {}
            found = super().run(stop)
            if found is not None or all(
                after <= self._guess.get(shop, set()) for shop, after in self.changes.items()
            ):
                return found
            for shop, after in self.changes.items():
                self._guess.setdefault(shop, set()).update(after)

    def settled(self, execution: int, shop: int) -> tuple[int, ...]:
        """Where the execution stands after every foregone conclusion; in several places if any may come."""
        key = shop << BITS | execution
        known = self._settled.get(key)
        if known is None:
            self._settled[key] = (execution,)
            known = self._settled[key] = tuple(dict.fromkeys(self._settle(execution, shop)))
        return known

    def _settle(self, number: int, shop: int) -> Iterator[int]:
        execution = self.executions.known[number]
        for index, action in enumerate(execution.branches):
            if execution == START or isinstance(action, Done):
                continue
            conclusions = self._foregone(action, shop)
            if conclusions is not None:
                after = [advance(execution, index, then, self.fences) for then in conclusions]
                # Or the action meets a fault, which may come to something else than what it concludes.
                if not action.reads:
                    after += tried_again(execution, index)
                for each in after:
                    yield from self.settled(self.executions[each], shop)
                return
        yield number

    def _foregone(self, action: Action, shop: int) -> list[Then] | None:
        """What follows the action, if that is so now and ever after; None if it is still to be seen."""
        conclusions: list[Then] | None = None
        for after in self._still_to_come(shop):
            effects = self.effects.of(action, self.shops.known[after])
            if any(effect.then is FAULT or effect.shop != self.shops.known[after] for effect in effects):
                return None
            if any(effect.on_its_way for effect in effects):
                return None
            follow = [effect.then for effect in effects]
            if conclusions is not None and follow != conclusions:
                return None
            conclusions = follow
        return conclusions

    def shed(self, late: int, shop: int) -> int:
        """What goes on late and may still have an effect."""
        if late == self.nothing_late:
            return late
        key = shop << BITS | late
        known = self._shed.get(key)
        if known is None:
            kept = tuple(action for action in self.lates.known[late] if not self._is_idle(action, shop))
            known = self._shed[key] = self.lates[kept]
        return known

    def _is_idle(self, action: Action, shop: int) -> bool:
        key = (action, shop)
        if key not in self._idle:
            self._idle[key] = True
            self._idle[key] = all(
                effect.shop == self.shops.known[after]
                and (not isinstance(effect.then, Action) or self._is_idle(effect.then, after))
                for after in self._still_to_come(shop)
                for effect in self.effects.of(action, self.shops.known[after])
            )
        return self._idle[key]

    def _still_to_come(self, shop: int) -> list[int]:
        return self._ahead[shop] if shop < len(self._ahead) else [shop]


def _closure(changes: dict[int, set[int]], size: int) -> list[list[int]]:
    """Each shop, with every shop that may come of it, itself included. As bits: sets would be slow."""
    ahead = [1 << shop for shop in range(size)]
    grows = True
    while grows:
        grows = False
        for shop, after in changes.items():
            bits = ahead[shop]
            for each in after:
                bits |= ahead[each]
            grows = grows or bits != ahead[shop]
            ahead[shop] = bits
    return [[other for other in range(size) if bits >> other & 1] for bits in ahead]
